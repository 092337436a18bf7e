import Glibc
import Tables

/// The formats of CSV and text, told by their header or first line.
extension FactFormat {
  package static let tables: [FactFormat] =
    [cdnow, hillstrom] + KnownFormat.all.map(FactFormat.init(known:))

  private static let cdnow = FactFormat(
    name: CDNOWReader.format, summary: "CDNOW's purchases in columns of text",
    recognizes: { sample in sample.firstLine.withUnsafeBytes { CDNOWReader.recognises($0) } },
    reader: { path, _ in CDNOWReader(path: path) })

  private static let hillstrom = FactFormat(
    name: HillstromReader.format, summary: "Hillstrom's e-mail experiment",
    recognizes: { sample in sample.header.map { HillstromReader.recognises($0) } ?? false },
    reader: { path, _ in try HillstromReader(path: path) })

  private init(known: KnownFormat) {
    self.init(
      name: known.name, summary: known.summary,
      recognizes: { sample in sample.header.flatMap(KnownFormat.detect)?.name == known.name },
      reader: { path, options in
        let header = try CSVFile(path: path).header
        let mapping = known.mapping(
          for: header, source: options.source(of: path), currency: options.messages.currency)
        return try CSVFactReader(path: path, mapping: mapping, context: options.context(of: path))
      })
  }

  /// Reads by a user's own mapping, whatever the header looks like.
  package static let mapped = FactFormat(
    name: "mapping", summary: "CSV by a mapping file (--mapping)",
    recognizes: { _ in false },
    reader: { path, options in
      guard var mapping = options.mapping else {
        throw ImportError.mapping(
          path: path, reason: "no mapping is given; name its file by --mapping")
      }
      if mapping.source.isEmpty { mapping.source = options.source(of: path) }
      if mapping.columns[.currency] == nil, mapping.constants[.currency] == nil {
        mapping.constants[.currency] = options.messages.currency?.code
      }
      return try CSVFactReader(path: path, mapping: mapping, context: options.context(of: path))
    })
}

extension ImportOptions {
  func context(of path: String) -> ImportContext {
    ImportContext(writtenAt: writtenAt(path), normalizer: messages.normalizer)
  }

  /// When the file was last written. A copy of it may be younger; what it says without a date is then
  /// known later and never too early.
  private func writtenAt(_ path: String) -> Instant {
    var status = stat()
    guard stat(path, &status) == 0 else { return .latest }
    return Instant(seconds: Double(status.st_mtim.tv_sec)) ?? .latest
  }
}
