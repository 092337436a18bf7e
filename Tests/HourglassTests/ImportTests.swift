import Foundation
import Testing

@Suite struct ImportTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// One message a line: visits, sign-ins, orders; the same for the same count.
  private func messages(_ count: Int) -> String {
    (0..<count).map { number in
      let user = number % 7 == 0 ? "\"userId\":\"u\(number % 300)\"," : ""
      return
        #"{"messageId":"m\#(number)","type":"track",\#(user)"anonymousId":"a\#(number % 300)","#
        + #""event":"Product Viewed","properties":{"sku":"\#(number % 50)","имя":"Кофе ☕"},"#
        + #""timestamp":\#(1_767_225_600 + number)}"#
    }.joined(separator: "\n") + "\n"
  }

  private func tables(_ store: String = "base.db") throws -> JSON {
    try place.write("", to: "empty.jsonl")
    try place.write(
      #"{"event":"A","userId":"u0","messageId":"m0x","timestamp":1}"#, to: "one.jsonl")
    return try place.run("import", "--store", store, "--json", "one.jsonl").json().at("tables")
  }

  @Test func aFileImportedTwiceChangesNothing() throws {
    try place.write(messages(500), to: "events.jsonl")
    let first = try place.run("import", "--store", "base.db", "--json", "events.jsonl")
    #expect(first.exitCode == 0)
    let file = try #require(try first.json().array("files").first)
    #expect(try file.number("records") == 500)
    #expect(try file.number("newFacts") == 500)
    let second = try place.run("import", "--store", "base.db", "--json", "events.jsonl")
    #expect(try second.json().array("files").first?.number("newFacts") == 0)
    #expect(try second.json().at("tables").number("events") == 500)
    #expect(try second.json().at("tables").number("customers") == 300)
  }

  @Test func aCustomerIsShownByAnyIdentityAndPartedFromAnother() throws {
    try place.write(
      """
      {"type":"page","anonymousId":"a1","messageId":"1","timestamp":"2026-01-01T00:00:00Z"}
      {"type":"identify","userId":"ann","anonymousId":"a1","messageId":"2","timestamp":"2026-01-02T00:00:00Z","traits":{"email":"Ann@Example.com","city":"Омск"}}
      {"event":"Order Completed","userId":"ann","messageId":"3","timestamp":"2026-01-03T00:00:00Z","properties":{"order_id":"o1","total":19.99,"currency":"EUR"}}
      {"event":"Seen","userId":"bob","messageId":"4","timestamp":"2026-01-04T00:00:00Z"}
      """, to: "events.jsonl")
    #expect(try place.run("import", "--store", "base.db", "events.jsonl").exitCode == 0)
    for name in ["ann", "email:ann@example.com", "ANN@example.com", "a1"] {
      let shown = try place.run("customer", "show", name, "--store", "base.db", "--json")
      let profile = try shown.json()
      #expect(try profile.array("timeline").count == 4)
      #expect(
        try profile.array("identities").map { try $0.string("value") } == [
          "ann", "ann@example.com", "a1",
        ])
    }
    let text = try place.run("customer", "show", "ann", "--store", "base.db").output
    #expect(
      text.contains("Order Completed") && text.contains("19.99 EUR") && text.contains("\"Омск\""))
    let merged = try place.run(
      "customer", "merge", "bob", "--into", "ann", "--store", "base.db", "--json")
    let merge = Int(try merged.json().number("mergeID"))
    #expect(
      try place.run("customer", "show", "bob", "--store", "base.db", "--json").json().array(
        "timeline"
      ).count == 5)
    #expect(try place.run("customer", "unmerge", "\(merge)", "--store", "base.db").exitCode == 0)
    #expect(
      try place.run("customer", "show", "bob", "--store", "base.db", "--json").json().array(
        "timeline"
      ).count == 1)
    let again = try place.run("customer", "unmerge", "\(merge)", "--store", "base.db")
    #expect(again.exitCode == 66)
    #expect(
      again.error
        == "hourglass: base.db: no merge \(merge) that is not undone; 'customer show' lists them\n")
    let nobody = try place.run("customer", "show", "carl@example.com", "--store", "base.db")
    #expect(nobody.exitCode == 66)
    #expect(!nobody.error.contains("carl"))
  }

  @Test func aDryRunChangesNothing() throws {
    try place.write(messages(50) + "no message\n", to: "events.jsonl")
    let answer = try place.run(
      "import", "--store", "base.db", "--dry-run", "--max-rejects", "5%", "events.jsonl")
    #expect(answer.exitCode == 0)
    #expect(answer.output.contains("51 records of events, 1 rejected"))
    #expect(answer.output.contains("first rejected at line 51: not JSON"))
    #expect(try place.names() == ["events.jsonl"])
  }

  @Test func aDryRunSaysWhatWouldBeNewInTheStoreThereIs() throws {
    try place.write(messages(50), to: "a.jsonl")
    try place.write(messages(80) + "no message\n", to: "b.jsonl")
    #expect(try place.run("import", "--store", "base.db", "a.jsonl").exitCode == 0)
    // The file's own bytes may move between it and its log.
    let dump = "python3 -c 'print(*__import__(\"sqlite3\").connect(\"base.db\").iterdump())'"
    let before = try place.shell(dump).output
    let answer = try place.run(
      "import", "--store", "base.db", "--dry-run", "--max-rejects", "5%", "--rejects",
      "rejects.csv",
      "--json", "b.jsonl")
    let file = try answer.json().array("files")[0]
    #expect(try file.number("newFacts") == 30 && file.number("knownFacts") == 50)
    #expect(try answer.json().number("tables.events") == 80)
    #expect(try place.text("rejects.csv").contains("b.jsonl,81,"))
    #expect(before.contains("INSERT INTO \"events\""))
    #expect(try place.shell(dump).output == before)
    let text = try place.run(
      "import", "--store", "base.db", "--dry-run", "--max-rejects", "5%", "b.jsonl")
    #expect(text.output.contains("base.db would hold:"))
    #expect(try tables().number("events") == 51)
  }

  @Test func rejectedRecordsAreWrittenAlsoWhereAnImportFails() throws {
    try place.write(messages(1) + "no message\n" + messages(20_000), to: "events.jsonl")
    _ = try place.shell(
      "gzip events.jsonl; head -c $(( $(stat -c %s events.jsonl.gz) - 1000 )) events.jsonl.gz > cut.jsonl.gz"
    )
    let answer = try place.run(
      "import", "--store", "base.db", "--rejects", "rejects.csv", "cut.jsonl.gz")
    #expect(answer.exitCode == 65)
    #expect(answer.errorLines.count == 1)
    #expect(try place.text("rejects.csv").contains("cut.jsonl.gz,2,not JSON"))
  }

  @Test func anArrayOfMessagesOnALineIsReadAndOneOverLinesIsTold() throws {
    let lines = messages(3).split(separator: "\n").joined(separator: ",")
    try place.write("[\(lines)]\n", to: "array.jsonl")
    #expect(
      try place.run("import", "--store", "base.db", "--json", "array.jsonl").json()
        .number("tables.events") == 3)
    let pretty = [
      "[\n  {\n    \"event\": \"A\"\n  }\n]\n", "{\n  \"event\": \"A\"\n}\n",
      "[{\"a\":1},\n{\"a\":2}]\n",
    ]
    for text in pretty {
      try place.write(text, to: "pretty.json")
      let answer = try place.run("import", "--store", "base.db", "pretty.json")
      #expect(answer.exitCode == 65)
      #expect(
        answer.error
          == "hourglass: pretty.json: its JSON goes over many lines; write one message a line, "
          + "as by jq -c 'if type == \"array\" then .[] else . end'\n")
    }
  }

  @Test func rejectedRecordsGoBesideWithTheirLines() throws {
    try place.write(messages(20) + "{\"event\":\"A\",\n" + messages(3), to: "events.jsonl")
    let answer = try place.run(
      "import", "--store", "base.db", "--rejects", "rejects.csv", "events.jsonl")
    #expect(answer.exitCode == 65)
    #expect(answer.errorLines.count == 1)
    #expect(answer.error.contains("events.jsonl: 1 of 24 records rejected"))
    #expect(
      try place.text("rejects.csv")
        == "file,line,reason,record\nevents.jsonl,21,the JSON value ends early (byte 14 of the record),\"{\"\"event\"\":\"\"A\"\",\"\n"
    )
    #expect(try tables().number("events") == 21)
  }

  @Test func identityRulesComeFromAFile() throws {
    try place.write(
      (1...2).map {
        #"{"type":"identify","userId":"u\#($0)","messageId":"\#($0)","timestamp":1,"traits":{"phone":"+79120000000"}}"#
      }
      .joined(separator: "\n"), to: "events.jsonl")
    try place.write("max_partners: {phone: 1}\n", to: "rules.yaml")
    func customers(_ arguments: String...) throws -> Double {
      try place.run(["import", "--json", "events.jsonl"] + arguments).json().number(
        "tables.customers")
    }
    #expect(try customers("--store", "one.db") == 1)
    #expect(try customers("--store", "three.db", "--identity-rules", "rules.yaml") == 3)
    try place.write("max_partners: {telephone: 1}\n", to: "rules.yaml")
    let answer = try place.run("import", "--identity-rules", "rules.yaml", "events.jsonl")
    #expect(answer.exitCode == 78)
    #expect(answer.error.contains("rules.yaml: 'telephone' is no kind of identity"))
  }

  /// Kills the program when the store has grown to a share of its size, again and again until it is done.
  @Test(arguments: [11, 12, 13])
  func killedAtAnyPointNothingIsLostAndNothingIsTwice(seed: Int) throws {
    try place.write(messages(12_000), to: "events.jsonl")
    let whole = try place.run("import", "--store", "whole.db", "--json", "events.jsonl").json()
    let answer = try place.shell(
      """
      RANDOM=\(seed)
      size() { stat -c %s killed.db killed.db-wal 2>/dev/null | awk '{s += $1} END {print s + 0}'; }
      for attempt in $(seq 40); do
        limit=$(( $(size) + RANDOM * 40 ))
        "$PROGRAM" import --store killed.db events.jsonl > /dev/null & pid=$!
        while kill -0 $pid 2> /dev/null && [ "$(size)" -lt $limit ]; do :; done
        kill -9 $pid 2> /dev/null
        wait $pid && break
      done 2> /dev/null
      hourglass import --store killed.db --json events.jsonl
      """)
    #expect(answer.exitCode == 0)
    let tables = try answer.json().at("tables")
    for table in ["events", "identities", "identity_links", "customers"] {
      #expect(try tables.number(table) == whole.number("tables.\(table)"), "\(table)")
    }
    #expect(try answer.json().array("files").first?.number("rejected") == 0)
    #expect(
      try place.run("import", "--store", "killed.db", "--json", "events.jsonl").json()
        .array("files").first?.number("newFacts") == 0)
  }

  @Test func twoImportsAtOnceLoseNothing() throws {
    let lines = messages(6_000).split(separator: "\n")
    try place.write(lines[..<4_000].joined(separator: "\n"), to: "a.jsonl")
    try place.write(lines[2_000...].joined(separator: "\n"), to: "b.jsonl")
    let runs = try ["a", "b"].map {
      try place.start(["import", "--store", "base.db", "--json", "\($0).jsonl"])
    }
    let answers = try runs.map { try $0.wait() }
    #expect(answers.map(\.exitCode) == [0, 0], "\(answers.map(\.error))")
    let new = try answers.map { try $0.json().array("files")[0].number("newFacts") }
    #expect(new.reduce(0, +) == 6_000)
    #expect(try tables().number("events") == 6_001)
  }
}
