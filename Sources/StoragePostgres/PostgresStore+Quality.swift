public import CustomerData
import StorageSQL

extension PostgresStore {
  public func measure(
    _ measure: QualityMeasure, asOf: Instant
  ) throws(StoreError) -> [QualityFigure] {
    try reading("measuring \(measure.rawValue)") { connection in
      let values: [PostgresValue] =
        QualityQueries.takesInstant(measure) ? [.integer(asOf.milliseconds)] : []
      let rows = try connection.execute(Statement(QualityQueries.sql(measure)), values)
      return try rows.compactMap { row in
        QualityQueries.figure(
          measure, subject: try row.text(0), value: try row.optionalNumber(1),
          total: try row.optionalNumber(2), asOf: asOf)
      }
    }
  }
}
