public import CustomerData
import GRDB
import StorageSQL

extension SQLiteStore {
  public func measure(
    _ measure: QualityMeasure, asOf: Instant
  ) throws(StoreError) -> [QualityFigure] {
    try reading("measuring \(measure.rawValue)") { db in
      let arguments: StatementArguments =
        QualityQueries.takesInstant(measure) ? ["1": asOf.milliseconds] : []
      return try Row.fetchAll(
        db, sql: QualityQueries.sql(measure).description, arguments: arguments
      ).compactMap { row in
        QualityQueries.figure(
          measure, subject: row[0], value: row[1], total: row[2], asOf: asOf)
      }
    }
  }
}
