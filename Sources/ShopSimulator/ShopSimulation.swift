import FoundationEssentials
import Glibc
import Tables

/// A shop that never was, with all that a real one exports and, apart, what is true.
///
/// Customers are drawn one at a time, each from a stream of its own, and written block after block: a file's
/// rows stand by customer and not by day, memory does not grow with the number of customers, and the bytes
/// do not depend on the number of threads. On one machine they depend on the settings alone; another C
/// library may round a logarithm otherwise.
public struct ShopSimulation: Sendable {
  public let settings: ShopSettings

  public init(_ settings: ShopSettings) { self.settings = settings }

  /// Writes all files into `folder`, which is made if it is not there; `shop.json` comes last.
  ///
  /// - Parameter progress: called after each block with the number of customers written.
  /// - Returns: What is in the files; the same stands in `shop.json`.
  /// - Throws: `ShopError` for a folder that cannot be made, `TableError` for a file that cannot be written.
  @discardableResult
  public func write(
    to folder: String, threadCount: Int, progress: (Int) -> Void = { _ in }
  ) throws -> ShopManifest {
    for path in [folder, folder + "/truth"] { try Self.makeFolder(path) }
    let maker = ShopMaker(settings)
    let files = try ShopFile.allCases.map { try Self.begin($0, in: folder) }
    var total = ShopBlock(days: settings.days)
    var written = 0
    try forEachInOrder(
      of: Self.numbers(below: blockCount), threadCount: threadCount, work: { maker.block($0) },
      deliver: { block in
        for file in ShopFile.allCases { try files[file.rawValue].write(block[file]) }
        total.counts += block.counts
        for place in total.clicks.indices { total.clicks[place] += block.clicks[place] }
        written += ShopMaker.customersPerBlock
        progress(min(written, settings.customerCount))
      })
    return try finish(files, &total, maker, in: folder)
  }

  private var blockCount: Int {
    (settings.customerCount - 1) / ShopMaker.customersPerBlock + 1
  }

  private static func numbers(below end: Int) -> () -> Int? {
    var numbers = (0..<end).makeIterator()
    return { numbers.next() }
  }

  private static func begin(_ file: ShopFile, in folder: String) throws -> OutputFile {
    let output = try OutputFile(path: "\(folder)/\(file.name)")
    var header: [UInt8] = []
    if file == .russianOrders {
      header.add(windows1251: file.header)
    } else {
      header.add(file.header)
    }
    try output.write(header)
    return output
  }

  /// What belongs to no customer, and then the manifest.
  private func finish(
    _ files: [OutputFile], _ total: inout ShopBlock, _ maker: ShopMaker, in folder: String
  ) throws -> ShopManifest {
    let (spend, spendRows) = maker.spend(clicks: total.clicks)
    let (products, productRows) = maker.products()
    try files[ShopFile.spend.rawValue].write(spend)
    try files[ShopFile.products.rawValue].write(products)
    total.counts.records[ShopFile.spend.rawValue] = spendRows
    total.counts.records[ShopFile.products.rawValue] = productRows
    total.counts.spend = spendRows
    for file in files { try file.commit() }
    let manifest = ShopManifest(settings, total.counts, maker.clock)
    try Self.write(Array(ShopMaker.productMapping.utf8), to: folder + "/products.yaml")
    try Self.write(json(WorldTruth(settings, maker.law)), to: folder + "/truth/world.json")
    try Self.write(json(manifest), to: folder + "/shop.json")
    return manifest
  }

  private func json(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(value)) + [0x0A]
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let output = try OutputFile(path: path)
    try output.write(bytes)
    try output.commit()
  }

  private static func makeFolder(_ path: String) throws(ShopError) {
    if mkdir(path, 0o777) == 0 { return }
    let code = errno
    guard code == EEXIST else {
      let reason =
        code == ENOENT
        ? "the folder above it does not exist; create it first" : String(cString: strerror(code))
      throw .cannotMakeFolder(path: path, reason: reason)
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .notAFolder(path)
    }
  }
}
