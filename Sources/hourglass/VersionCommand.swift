import ArgumentParser
import LinearAlgebra

struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version",
    abstract: "Shows the program's version and, with --json, which BLAS answers it.")
  @Flag(help: "Print one JSON object.") var json = false

  struct Report: Codable {
    struct BLAS: Codable {
      let configuration: String
      let coreType: String
      let threads: Int
      let library: String
      let isOpenBLAS: Bool
    }
    let version: String
    let blas: BLAS
  }

  func run() throws {
    let blas = BLASInfo.current
    if let warning = blas.warning { Console.message("hourglass: warning: \(warning)") }
    guard json else { return try Console.print("hourglass \(programVersion)") }
    try Console.printJSON(
      Report(
        version: programVersion,
        blas: Report.BLAS(
          configuration: blas.configuration, coreType: blas.coreType, threads: blas.threadCount,
          library: blas.productsFile, isOpenBLAS: blas.isOpenBLAS)))
  }
}
