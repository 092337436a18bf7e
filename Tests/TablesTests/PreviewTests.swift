import TestSupport
import Testing

@testable import Tables

/// What a file's first rows say of its columns, and that looking uses nothing up.
struct PreviewTests {
  private static let text = """
    id,when,seen,score,channel,paid
    c-1,31.12.2025,1772356364,0.25,email,yes
    c-2,01.01.2026,1772356365,0.5,app,no
    c-3,02.01.2026,never,0.75,email,yes

    """

  @Test func typesAreToldAndRowsAreStillThere() throws {
    let folder = try TemporaryFolder()
    let file = try CSVFile(path: folder.write(Self.text, to: "a.csv"))
    let schemas = file.previewedSchemas()
    #expect(schemas.count == 6)
    #expect(schemas[1].type == .date && schemas[1].order == .dayFirst)
    #expect(schemas[3].type == .number)
    #expect(schemas[5].type == .boolean)
    #expect(file.previewedSchemas().map(\.type) == schemas.map(\.type))
    let rejects = try RejectLog(path: file.path, maxRejects: 0.5)
    let table = try file.table(threadCount: 1, rejects: rejects)
    #expect(table.rowCount == 3)
  }

  @Test func instantsAreDecodedAndUnreadableOnesAreMissing() throws {
    let folder = try TemporaryFolder()
    let file = try CSVFile(path: folder.write(Self.text, to: "a.csv"))
    var actions = [ColumnAction](repeating: .skip, count: 6)
    actions[1] = .instant(.dayFirst)
    actions[2] = .instant(.yearFirst)
    var columns: [DecodedColumn] = []
    let rejects = try RejectLog(path: file.path, maxRejects: 0.5)
    try file.stream(
      actions, threadCount: 1, rejects: rejects, work: { $0.columns },
      deliver: { chunk, _ in columns = chunk })
    guard case .numbers(let days) = columns[1], case .numbers(let times) = columns[2] else {
      Issue.record("instants are no numbers")
      return
    }
    #expect(days == [1_767_139_200, 1_767_225_600, 1_767_312_000])
    #expect(Array(times.prefix(2)) == [1_772_356_364, 1_772_356_365])
    #expect(times[2].isNaN)
    #expect(rejects.notes(header: file.header).contains { $0.contains("'seen'") })
  }
}
