import Experiments
import Tables

/// Which columns of a file of conversions mean what, and how their cells become conversions.
struct ConversionColumns: Sendable {
  let actions: [ColumnAction]
  private let events: [String]
  private let summed: Set<Int>
  private let headerOfUnit: String
  private let unit: Int
  private let time: Int?
  private let event: Int?
  private let value: Int?
  private let id: Int?

  struct Part: Sendable {
    var conversions: [Conversion] = []
    var exclusions = Exclusions()
    var fault: RowFault?
  }

  init(
    _ definition: ExperimentDefinition, _ columns: ColumnNames, file: CSVFile, isTimeless: Bool
  ) throws {
    let events = ConversionLog(definition: definition).events
    self.events = events
    summed = Set(definition.metrics.flatMap(\.summedEvents).compactMap(events.firstIndex))
    unit = try columns.required(.unit, in: file, unit: definition.unit)
    headerOfUnit = file.header[unit]
    time = isTimeless ? nil : try columns.required(.time, in: file, unit: definition.unit)
    event =
      events.count > 1
      ? try columns.required(.event, in: file, unit: definition.unit)
      : try columns.place(.event, in: file, unit: definition.unit)
    value =
      summed.isEmpty ? nil : try columns.required(.value, in: file, unit: definition.unit)
    id = try columns.place(.id, in: file, unit: definition.unit)
    var actions = [ColumnAction](repeating: .skip, count: file.header.count)
    if let event { actions[event] = .knownLevels(LevelDictionary(events)) }
    if let value { actions[value] = .number }
    if let id { actions[id] = .text }
    if let time {
      actions[time] = .instant(file.previewedSchemas()[time].order ?? .yearFirst)
    }
    actions[unit] = .text
    self.actions = actions
  }

  func conversions(_ chunk: DecodedChunk, nowSeconds: Double) -> Part {
    var part = Part()
    guard case .text(let units) = chunk.columns[unit] else { return part }
    let times = time.map { ExposureColumns.numbers(chunk.columns[$0]) }
    let codes = event.map { ExposureColumns.codes(chunk.columns[$0]) }
    let values = value.map { ExposureColumns.numbers(chunk.columns[$0]) }
    var ids: TextColumn?
    if let id, case .text(let texts) = chunk.columns[id] { ids = texts }
    part.conversions.reserveCapacity(chunk.rowCount)
    for row in 0..<chunk.rowCount {
      let code = codes.map { Int($0[row]) } ?? 0
      guard code < events.count else {
        part.exclusions.add(1, .unknownEvent)
        continue
      }
      let key = units.withBytes(row) { $0.isEmpty ? nil : UnitKey($0) }
      guard let key else {
        part.exclusions.add(1, .emptyUnit)
        continue
      }
      var milliseconds = 0
      if let times {
        guard let instant = instant(times[row], nowSeconds, &part.exclusions) else {
          if units[row] == headerOfUnit {
            part.fault = .repeatedHeader(line: chunk.lines[row])
            return part
          }
          continue
        }
        milliseconds = instant
      }
      let value = values?[row] ?? .nan
      if summed.contains(code) {
        if value.isNaN { part.exclusions.add(1, .noValue) }
        if value < 0 { part.exclusions.add(1, .negativeValue) }
      }
      let id = ids?.withBytes(row) { $0.isEmpty ? nil : UnitKey($0) }
      part.conversions.append(
        Conversion(unit: key, milliseconds: milliseconds, event: code, value: value, id: id ?? nil))
    }
    return part
  }

  private func instant(
    _ seconds: Double, _ nowSeconds: Double, _ exclusions: inout Exclusions
  ) -> Int? {
    if seconds > nowSeconds {
      exclusions.add(1, .conversionInFuture)
      return nil
    }
    let instant = LogInstant.milliseconds(seconds)
    if instant == nil { exclusions.add(1, .noConversionTime) }
    return instant
  }
}

extension MetricDefinition {
  /// The events whose values are read.
  var summedEvents: [String] {
    switch kind {
    case .mean(let event, _), .quantile(let event, _): [event]
    case .ratio(let numerator, let denominator):
      [numerator, denominator].filter { $0.quantity == .sum }.map(\.event)
    case .conversion, .count, .retention: []
    }
  }
}
