import Scoring
import SpecialFunctions
import Tables
import TestSupport
import Testing

@Suite struct EncoderTests {
  /// Rows of every kind as CSV: with missing cells, unseen levels, spellings of yes, and dates by day.
  private func csv(rowCount: Int, seed: UInt64) -> String {
    var generator = SplitMix64(seed: seed)
    func draw(_ cells: [String]) -> String { cells[generator.nextIndex(below: cells.count)] }
    var text = "visit,plan,note,age,income,city,member,channel,signup\n"
    for _ in 0..<rowCount {
      text +=
        [
          draw(["01.01.2026", "31.12.2025", "05.05.2026", "17.03.2026 10:30", "NA", ""]),
          draw(["basic", "pro", "gold", ""]), draw(["a", "b"]),
          draw(["41.3", "18", "1e2", "NA", "-7", "old"]), draw(["52000", "1 250 000", "", "0.5"]),
          draw(["Moscow", "Киров", "\"Paris\"", "Rome", "null"]),
          draw(["Да", "нет", "TRUE", "0", "", "perhaps"]), draw(["web", "", "NaN"]),
          draw(["2026-05-31", "2025-01-01T12:00:00Z", "never", ""]),
        ].joined(separator: ",") + "\n"
    }
    return text
  }

  private let schema: [String: ColumnSchema] = [
    "visit": ColumnSchema(.date, order: .dayFirst, encode: .parts), "plan": ColumnSchema(.category),
    "age": ColumnSchema(.number), "income": ColumnSchema(.number), "city": ColumnSchema(.category),
    "member": ColumnSchema(.boolean), "channel": ColumnSchema(.category),
    "signup": ColumnSchema(.date, order: .yearFirst),
  ]

  @Test(arguments: [1, 2])
  func tableAndStreamScoreTheSameBits(threadCount: Int) throws {
    let folder = try TemporaryFolder()
    // A few chunks of 256 KiB; one cell in a hundred of each column may be unreadable at most.
    let clean = csv(rowCount: 12_000, seed: 9).replacing("old", with: "47")
      .replacing("perhaps", with: "yes").replacing("never", with: "")
    let path = try folder.write(clean, to: "rows.csv")
    let encoder = everyKindEncoder()
    let scorer = Scorer(
      encoder: encoder, intercept: 0, coefficients: randomCoefficients(encoder, seed: 8))
    let table = try CSVFile(path: path).table(
      schema: schema, threadCount: threadCount, rejects: RejectLog(path: path, maxRejects: 0))
    #expect(try streamed(path, encoder, scorer, threadCount) == scorer.scores(encoder.batch(table)))
  }

  private func streamed(
    _ path: String, _ encoder: Scoring.Encoder, _ scorer: Scorer, _ threadCount: Int
  ) throws -> [Double] {
    let file = try CSVFile(path: path)
    let places = try encoder.features.map { try file.column(named: $0.column) }
    var scores: [Double] = []
    try file.stream(
      encoder.actions(for: file), threadCount: threadCount,
      rejects: RejectLog(path: path, maxRejects: 0),
      work: { scorer.scores(encoder.batch($0, places: places)) },
      deliver: { part, _ in scores += part })
    return scores
  }

  @Test func cellsBecomeTheValuesTheyStandFor() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      visit,plan,age,income,city,member,channel,signup
      05.12.2025,pro,41.3,1 000,Киров,Да,web,2026-05-30
      31.05.2026,gold,,"NA",Rome,false,,2026-06-01T12:00:00Z
      ,basic,old,x,,maybe,NaN,never

      """, to: "rows.csv")
    let file = try CSVFile(path: path)
    let encoder = everyKindEncoder()
    let places = try encoder.features.map { try file.column(named: $0.column) }
    let rejects = try RejectLog(path: path, maxRejects: 0)
    var batches: [FeatureBatch] = []
    try file.stream(
      encoder.actions(for: file), threadCount: 1, rejects: rejects,
      work: { encoder.batch($0, places: places) }, deliver: { batch, _ in batches.append(batch) })
    let columns = try #require(batches.first).values.map { values -> [Double?] in
      switch values {
      case .numbers(let numbers): numbers.map { $0.isNaN ? nil : $0 }
      case .codes(let codes): codes.map { $0 == ColumnValues.missingCode ? nil : Double($0) }
      }
    }
    #expect(
      columns == [
        [41.3, nil, nil], [1000, nil, nil], [2, 3, nil], [1, 0, nil], [1, 2, 0], [0, nil, nil],
        [1, -1.5, nil],
        // December is level "12", May "5"; 2025-12-05 was a Friday, 2026-05-31 a Sunday.
        [1, 2, nil], [2, 1, nil],
      ])
    #expect(rejects.unreadable.map(\.count) == [0, 0, 1, 1, 0, 1, 0, 1])
  }

  @Test func daysAreCountedBackFromTheSnapshotInUse() throws {
    var encoder = Encoder(
      features: [feature("signup", .daysBeforeSnapshot(.yearFirst), number(mean: 0, scale: 1))],
      snapshot: snapshot)
    let seconds = [snapshot, snapshot - 86_400, snapshot + 43_200, .nan]
    let table = Table(
      rowCount: 4,
      columns: [Column(name: "signup", schema: ColumnSchema(.date), values: .numbers(seconds))])
    func days() -> [Double] {
      Scorer(encoder: encoder, intercept: 0, coefficients: [1]).scores(encoder.batch(table))
    }
    #expect(days() == [0, 1, -0.5, 0])
    encoder.snapshot = snapshot + 30 * 86_400
    #expect(days() == [30, 31, 29.5, 0])
  }

  @Test func datePartsDoNotDependOnTheSnapshot() {
    var encoder = everyKindEncoder()
    let dates = (0..<400).map { snapshot - Double($0) * 86_400 }
    let columns = encoder.columns.map { name in
      Column(
        name: name, schema: ColumnSchema(.date),
        values: ["plan", "city", "channel"].contains(name)
          ? .categories(codes: dates.map { _ in 0 }, levels: ["pro"]) : .numbers(dates))
    }
    let table = Table(rowCount: dates.count, columns: columns)
    let before = encoder.blocks(encoder.batch(table)).categories.suffix(2)
    encoder.snapshot = 0
    for (left, right) in zip(before, encoder.blocks(encoder.batch(table)).categories.suffix(2)) {
      #expect("\(left.codes)" == "\(right.codes)")
    }
  }

  @Test func missingColumnIsNamedWithTheNearest() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("visit,plan,Age,income\n1,2,3,4\n", to: "rows.csv")
    let file = try CSVFile(path: path)
    let error = #expect(throws: TableError.self) { _ = try everyKindEncoder().actions(for: file) }
    #expect(error?.description == "\(path), line 1: no column 'age'; is 'Age' meant?")
  }

  @Test func manyLevelsKeepTheirOwnCodes() {
    let names = (0..<700).map { "level \($0)" }
    let encoder = Encoder(
      features: [
        feature("c", .category, category(names, names.map { _ in 1 / 700 }, reference: 699))
      ], snapshot: nil)
    let rows = names.map { [FeatureInput.level($0)] } + [[.missing], [.level("no such level")]]
    guard case .medium(let codes) = encoder.blocks(encoder.batch(rows)).categories[0].codes else {
      Issue.record("699 levels fit two bytes")
      return
    }
    // The reference, the missing and the unseen level have no column.
    #expect(codes.elements == (0..<699).map { UInt16($0) } + [699, 699, 699])
  }

  @Test func designColumnsAreNamedByFeatureAndLevel() {
    #expect(
      everyKindEncoder(fixesReference: true).designColumns.map(\.name) == [
        "age", "income", "income=(missing)", "member", "member=(missing)", "signup", "city=Moscow",
        "city=Киров", "city=(other)", "city=(missing)", "plan=basic", "channel=(other)",
        "channel=(missing)", "visit month=1", "visit month=5", "visit weekday=1",
        "visit weekday=(other)",
        "visit weekday=(missing)",
      ])
    #expect(
      everyKindEncoder().columns == [
        "age", "income", "city", "member", "plan", "channel", "signup", "visit",
      ])
  }
}
