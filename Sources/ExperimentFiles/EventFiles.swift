public import Experiments
public import Tables

/// Reads exposures and conversions from CSV files into logs that are ready to be joined.
///
/// A file with a column of the variant holds exposures, any other conversions. Files of one kind pool,
/// in any order.
public struct EventFiles: Sendable {
  public let definition: ExperimentDefinition
  public var columns = ColumnNames()
  public var options = CSVOptions()
  /// Later instants are clocks gone wrong: such rows are left out and counted.
  public var nowSeconds = Double.infinity
  public var threadCount = 1
  /// Whether the definition's salt dealt the units, so that logged variants are held against computed ones.
  public var dealsByHash = false
  /// Whether the files hold one row per unit, with what it did in columns named as the events.
  public var isWide = false

  public init(definition: ExperimentDefinition) { self.definition = definition }

  /// What the files held.
  public struct Contents: Sendable {
    public var exposures: ExposureLog
    public var conversions: ConversionLog
    public var exclusions = Exclusions()
    /// Whether the exposures have no times.
    public var isTimeless = false
    /// What a user is to be told, a line each, with the file's name in front.
    public var notes: [String] = []
  }

  /// - Throws: `ExperimentFileError` or `TableError`, naming file, line and remedy.
  public func read(_ paths: [String]) throws -> Contents {
    let files = try paths.map { try CSVFile(path: $0, options: options) }
    let isExposures = try files.map {
      try isWide || columns.place(.variant, in: $0, unit: definition.unit) != nil
    }
    let exposureFiles = zip(files, isExposures).filter(\.1).map(\.0)
    let conversionFiles = zip(files, isExposures).filter { !$0.1 }.map(\.0)
    guard let first = exposureFiles.first else {
      // Throws with the names that were looked for.
      _ = try columns.required(.variant, in: files[0], unit: definition.unit)
      throw ExperimentError.noExposures
    }
    var layout = try ExposureColumns.layout(definition, columns, file: first)
    try requireProbabilities(layout, first)
    if isWide { layout.outcomeCount = ConversionLog(definition: definition).events.count }
    let isTimeless = try columns.place(.time, in: first, unit: definition.unit) == nil
    var contents = Contents(
      exposures: ExposureLog(layout: layout),
      conversions: ConversionLog(definition: definition), isTimeless: isTimeless)
    for file in exposureFiles {
      let columns = try ExposureColumns(
        definition, columns, file: file, layout: layout, isTimeless: isTimeless,
        check: AssignmentCheck(definition, comparesVariants: dealsByHash))
      try readExposures(file, columns, into: &contents)
    }
    for file in conversionFiles {
      let columns = try ConversionColumns(
        definition, columns, file: file, isTimeless: isTimeless)
      try readConversions(file, columns, into: &contents)
    }
    guard contents.exposures.count > 0 else { throw noExposures(exposureFiles, contents) }
    return contents
  }

  /// Without them an allocation that changes would be judged as if it had been even.
  private func requireProbabilities(_ layout: ExposureLayout, _ file: CSVFile) throws {
    guard definition.allocation != .fixed, layout.probabilityCount == 0 else { return }
    let column =
      definition.variants.count == 2
      ? "'probability'" : "'probability_\(definition.control)' and so on"
    throw ExperimentFileError.data(
      path: file.path, line: 1,
      problem:
        "no column of the probability, and the allocation of '\(definition.key)' is not fixed;"
        + " log the probability of each decision, as \(column)")
  }

  private func readExposures(
    _ file: CSVFile, _ columns: ExposureColumns, into contents: inout Contents
  ) throws {
    let rejects = try RejectLog(path: file.path, maxRejects: options.maxRejects)
    let now = nowSeconds
    try file.stream(
      columns.actions, threadCount: threadCount, rejects: rejects,
      work: { columns.exposures($0, nowSeconds: now) },
      deliver: { part, place in
        if let fault = part.fault { throw fault.error(path: file.path, place: place) }
        // Rows without an id are units by their place in the files.
        if let rows = part.rows {
          contents.exposures.append(columns.batch(rows, firstUnit: contents.exposures.count))
        } else if let batch = part.batch {
          contents.exposures.append(batch)
        }
        contents.exclusions = contents.exclusions + part.exclusions
      })
    try rejects.refuseUnreadable(file, columns.actions)
    contents.notes += rejects.notes(header: file.header).map { "\(file.path): \($0)" }
  }

  private func readConversions(
    _ file: CSVFile, _ columns: ConversionColumns, into contents: inout Contents
  ) throws {
    let rejects = try RejectLog(path: file.path, maxRejects: options.maxRejects)
    let now = nowSeconds
    try file.stream(
      columns.actions, threadCount: threadCount, rejects: rejects,
      work: { columns.conversions($0, nowSeconds: now) },
      deliver: { part, place in
        if let fault = part.fault { throw fault.error(path: file.path, place: place) }
        for conversion in part.conversions { contents.conversions.append(conversion) }
        contents.exclusions = contents.exclusions + part.exclusions
      })
    try rejects.refuseUnreadable(file, columns.actions)
    contents.notes += rejects.notes(header: file.header).map { "\(file.path): \($0)" }
  }

  private func noExposures(_ files: [CSVFile], _ contents: Contents) -> any Error {
    let others = contents.exclusions[.otherExperiment]
    guard others > 0, let file = files.first else { return ExperimentError.noExposures }
    return ExperimentFileError.data(
      path: file.path, line: nil,
      problem: "none of the \(others) exposures is of experiment '\(definition.key)';"
        + " give the file of this experiment, or correct the key of the definition")
  }
}

/// What makes a row of events impossible to use, and where in its chunk.
struct RowFault: Sendable {
  let line: UInt32
  let problem: String

  func error(path: String, place: ChunkPlace) -> ExperimentFileError {
    .data(path: path, line: place.line(line), problem: problem)
  }

  static func repeatedHeader(line: UInt32) -> RowFault {
    RowFault(
      line: line,
      problem: "the header again: two files were joined; remove the line,"
        + " or give the files one by one")
  }
}
