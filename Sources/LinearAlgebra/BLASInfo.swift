import CLAPACKE
import COpenBLAS
import Foundation

/// Which library does the dense algebra of this process, as found at run time.
///
/// A program linked to OpenBLAS can still be answered by another library, put first by LD_PRELOAD,
/// LD_LIBRARY_PATH or Debian's alternatives. The reference BLAS then gives the same digits many times
/// slower (a fit of 1,000,000 × 50: 7.1 s against 1.1 s), and nothing else tells.
public struct BLASInfo: Sendable, Hashable {
  /// OpenBLAS's own line, such as "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH … Zen MAX_THREADS=64".
  public let configuration: String
  /// The processor family whose kernels were chosen, such as "Haswell".
  public let coreType: String
  /// Threads of one BLAS call; 1, as the program threads over rows itself.
  public let threadCount: Int
  /// The file that holds OpenBLAS itself.
  public let openBLASFile: String
  /// The file that answers `cblas_dsyrk`.
  public let productsFile: String
  /// The file that answers LAPACK's `dpotrf_`, under the C interface.
  public let factorizationsFile: String

  package init(
    configuration: String, coreType: String, threadCount: Int, openBLASFile: String,
    productsFile: String, factorizationsFile: String
  ) {
    self.configuration = configuration
    self.coreType = coreType
    self.threadCount = threadCount
    self.openBLASFile = openBLASFile
    self.productsFile = productsFile
    self.factorizationsFile = factorizationsFile
  }

  /// Looks the library up, after the package's settings have been made.
  public static var current: BLASInfo {
    Products.singleThreaded
    return BLASInfo(
      configuration: String(cString: openblas_get_config()),
      coreType: String(cString: openblas_get_corename()),
      threadCount: Int(openblas_get_num_threads()),
      openBLASFile: file(
        holding: openblas_get_config as @convention(c) () -> UnsafeMutablePointer<CChar>?),
      productsFile: file(holding: cblas_dsyrk as Syrk),
      factorizationsFile: file(holding: dpotrf_ as Potrf))
  }

  /// Whether OpenBLAS answers both products and factorizations.
  public var isOpenBLAS: Bool { isOpenBLAS(productsFile) && isOpenBLAS(factorizationsFile) }

  /// What is wrong and what to do, when another library answers.
  public var warning: String? {
    let intruders = [("products", productsFile), ("factorizations", factorizationsFile)]
      .filter { !isOpenBLAS($0.1) }
    guard !intruders.isEmpty else { return nil }
    let answers = intruders.map { "\($0.0) by \($0.1)" }.joined(separator: ", ")
    return
      "OpenBLAS is linked but does not answer (\(answers)): training may run many times slower; "
      + "check LD_PRELOAD, LD_LIBRARY_PATH and update-alternatives --list libblas.so.3"
  }

  /// Debian keeps OpenBLAS as libopenblas, libblas and liblapack in one directory; a static build
  /// has all of them in the executable.
  private func isOpenBLAS(_ file: String) -> Bool {
    file == openBLASFile || file.lowercased().contains("openblas")
  }
}

private typealias Syrk =
  @convention(c) (
    CBLAS_ORDER, CBLAS_UPLO, CBLAS_TRANSPOSE, Int32, Int32, Double, UnsafePointer<Double>?, Int32,
    Double, UnsafeMutablePointer<Double>?, Int32
  ) -> Void

private typealias Potrf =
  @convention(c) (
    UnsafePointer<CChar>?, UnsafePointer<Int32>?, UnsafeMutablePointer<Double>?,
    UnsafePointer<Int32>?, UnsafeMutablePointer<Int32>?, Int
  ) -> Void

/// Returns the path, links resolved, of the object that holds a function, or "unknown".
private func file<Function>(holding function: Function) -> String {
  // Glibc's module hides dladdr, which <dlfcn.h> declares for _GNU_SOURCE only.
  guard let program = dlopen(nil, RTLD_NOW) else { return "unknown" }
  defer { dlclose(program) }
  guard let symbol = dlsym(program, "dladdr") else { return "unknown" }
  let dladdr = unsafeBitCast(symbol, to: AddressLookup.self)
  var found = SymbolInfo()
  guard dladdr(unsafeBitCast(function, to: UnsafeRawPointer.self), &found) != 0,
    let name = found.file
  else { return "unknown" }
  guard let resolved = realpath(name, nil) else { return String(cString: name) }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// C's `Dl_info`, whose first field is the file.
private struct SymbolInfo {
  var file: UnsafePointer<CChar>?
  var base: UnsafeRawPointer?
  var name: UnsafePointer<CChar>?
  var address: UnsafeRawPointer?
}

private typealias AddressLookup =
  @convention(c) (
    UnsafeRawPointer?, UnsafeMutableRawPointer?
  ) -> Int32
