import Foundation
import FoundationXML
import Testing

/// The page of an experiment and what goes with it.
struct ExperimentReportTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(
      """
      experiment: cart & <reminder>
      unit: customer_id
      variants: [control, reminder]
      primary:
        name: bought
        direction: increase
        minimumEffect: 20%
        baseline: 30%
      window: 1d
      dimensions: [channel]
      """, to: "cart.yaml")
    var exposures = ["customer_id,variant,time,channel"]
    var conversions = ["customer_id,event,time"]
    for index in 0..<4800 {
      let isTreated = index * 7919 % 2 == 0
      let day = index % 8 + 1
      let channel = index / 2 % 3 == 0 ? "push" : "e-mail"
      exposures.append(
        "u\(index),\(isTreated ? "reminder" : "control"),2026-03-0\(day)T10:00:00,\(channel)")
      if index * 104_729 % 100 < (isTreated ? 45 : 30) {
        conversions.append("u\(index),bought,2026-03-0\(day)T11:00:00")
      }
    }
    try place.write(exposures.joined(separator: "\n") + "\n", to: "exposures.csv")
    try place.write(conversions.joined(separator: "\n") + "\n", to: "conversions.csv")
  }

  private let command = [
    "experiment", "report", "cart.yaml", "--data", "exposures.csv", "conversions.csv", "--out",
    "report",
  ]

  @Test func aReportIsOnePageItsNumbersAndANotebook() throws {
    let answer = try place.run(command)
    #expect(answer.exitCode == 0, "\(answer.error)")
    #expect(answer.output == "")
    #expect(
      try place.names().filter { $0.hasPrefix("report/") } == [
        "report/notebooks-export", "report/notebooks-export/answers.csv",
        "report/notebooks-export/breakdown.csv", "report/notebooks-export/daily.csv",
        "report/notebooks-export/experiment.ipynb", "report/notebooks-export/sequence.csv",
        "report/report.html", "report/report.json",
      ])
  }

  @Test func thePageNeedsNothingElseAndEscapesNames() throws {
    _ = try place.run(command)
    let page = try place.text("report/report.html")
    #expect(page.contains("cart &amp; &lt;reminder&gt;"))
    #expect(!page.contains("<script") && !page.contains("<reminder"))
    for reference in ["src=", "href=", "url(", "nan", "inf<"] {
      #expect(!page.contains(reference), "\(reference)")
    }
    #expect(page.contains("No slice ships"))
    #expect(page.contains("Rule set before the start"))
    for part in page.split(separator: "<svg xmlns").dropFirst() {
      // Two ends: of the box that cuts off, and of the picture.
      let svg =
        "<svg xmlns" + part.components(separatedBy: "</svg>").prefix(2).joined(separator: "</svg>")
        + "</svg>"
      #expect(XMLParser(data: Data(svg.utf8)).parse())
    }
  }

  @Test func theNumbersAgreeEverywhere() throws {
    _ = try place.run(command)
    let report = try JSON(JSONSerialization.jsonObject(with: place.bytes("report/report.json")))
    let answers = try report.array("answers")
    #expect(answers.count == 1)
    let rows = try place.cells("report/notebooks-export/answers.csv")
    #expect(rows.count == 2)
    let effect = try #require(rows[0].firstIndex(of: "effect"))
    #expect(Double(rows[1][effect]) == (try answers[0].number("effect.value")))
    let daily = try place.cells("report/notebooks-export/daily.csv").dropFirst()
    let variant = 2
    let units = daily.filter { $0[variant] == "control" }.compactMap { Int($0[7]) }.reduce(0, +)
    #expect(Double(units) == (try answers[0].number("controlUnits")))
    let slices = try report.array("breakdown")
    #expect(try slices.map { try $0.string("level") } == ["e-mail", "push"])
    let sliced = try slices.map { try $0.number("controlUnits") }.reduce(0, +)
    #expect(sliced == (try answers[0].number("controlUnits")))
  }

  @Test func aRatioIsDrawnAsARatioAndItsMissingBreakdownIsSaid() throws {
    try place.write(
      """
      experiment: opens
      variants: [control, reminder]
      primary:
        name: open rate
        kind: ratio
        numerator: open
        denominator: send
        direction: increase
        minimumEffect: 10%
      design: asymptotic
      dimensions: [channel]
      """, to: "opens.yaml")
    let units = (0..<2000).map { index in
      "\(index % 2 == 0 ? "control" : "reminder"),\(index / 2 % 5),10,app"
    }
    try place.write((["arm,open,send,channel"] + units).joined(separator: "\n"), to: "units.csv")
    let answer = try place.run(
      "experiment", "report", "opens.yaml", "--data", "units.csv", "--arm", "arm", "--out", "opens")
    #expect(answer.exitCode == 0, "\(answer.error)")
    let daily = try place.cells("opens/notebooks-export/daily.csv")
    #expect(daily[0].last == "value_so_far")
    #expect(abs(try #require(daily[1].last.flatMap { Double($0) }) - 0.2) < 1e-9)
    #expect(try place.text("opens/report.html").contains("no breakdown: it compares means"))
  }

  @Test func theSameDataGiveTheSameBytes() throws {
    _ = try place.run(command)
    let first = try place.bytes("report/report.html")
    _ = try place.run(command + ["--threads", "1"])
    #expect(try place.bytes("report/report.html") == first)
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    try place.write("in the way", to: "report")
    let answer = try place.run(command)
    #expect(answer.exitCode == 1)
    #expect(answer.errorLines.last?.contains("report: cannot be written") == true)
  }
}
