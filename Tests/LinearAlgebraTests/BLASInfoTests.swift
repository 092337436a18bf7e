import LinearAlgebra
import Testing

@Suite struct BLASInfoTests {
  @Test func thisProcessTellsWhoAnswers() {
    let info = BLASInfo.current
    #expect(info.configuration.hasPrefix("OpenBLAS"))
    #expect(!info.coreType.isEmpty)
    #expect(info.threadCount == 1)
    #expect(info.productsFile.hasPrefix("/"))
    #expect(info.factorizationsFile.hasPrefix("/"))
    #expect(info.isOpenBLAS == (info.warning == nil))
  }

  private func info(products: String, factorizations: String) -> BLASInfo {
    BLASInfo(
      configuration: "OpenBLAS 0.3.21", coreType: "Zen", threadCount: 1,
      openBLASFile: "/lib/openblas-pthread/libopenblasp-r0.3.21.so", productsFile: products,
      factorizationsFile: factorizations)
  }

  @Test func referenceBLASInFrontIsReported() {
    let info = info(
      products: "/lib/blas/libblas.so.3.11.0",
      factorizations: "/lib/openblas-pthread/libopenblasp-r0.3.21.so")
    #expect(!info.isOpenBLAS)
    #expect(
      info.warning
        == "OpenBLAS is linked but does not answer (products by /lib/blas/libblas.so.3.11.0): "
        + "training may run many times slower; check LD_PRELOAD, LD_LIBRARY_PATH and "
        + "update-alternatives --list libblas.so.3")
  }

  @Test func openBLASUnderItsOtherNamesIsAccepted() {
    let info = info(
      products: "/lib/openblas-pthread/libblas.so.3",
      factorizations: "/lib/openblas-pthread/liblapack.so.3")
    #expect(info.isOpenBLAS)
    #expect(info.warning == nil)
  }
}
