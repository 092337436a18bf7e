import Foundation
import FoundationXML
import Testing

@testable import Plots

struct ChartTests {
  private static let line = Layer("line", .line([.init(x: 0, y: 0), .init(x: 1, y: 2)]))

  /// One of every mark.
  private static let layers = [
    line, Layer("steps", .steps([.init(x: 0, y: 1), .init(x: 1, y: 1.5)])),
    Layer("band", .band([.init(x: 0, lower: 0, upper: 1), .init(x: 1, lower: 1, upper: 3)])),
    Layer("bars", .bars([.init(lower: 0, upper: 0.5, height: 1)])),
    Layer("estimates", .estimates([.init(place: 0.5, value: 1, lower: 0.5, upper: 2)])),
    Layer("sideways", .horizontalEstimates([.init(place: 1, value: 0.5, lower: 0, upper: 1)])),
    Layer("rule", .horizontalRule(1)), Layer("upright", .verticalRule(0.5)),
  ]

  private func chart(_ layers: [Layer], title: String = "title") throws -> Chart {
    try Chart(title, summary: "summary", x: Axis("x"), y: Axis("y", unit: "€"), layers: layers)
  }

  @Test func everyMarkIsWellFormedXML() throws {
    let svg = try chart(Self.layers).svg()
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse(), "\(parser.parserError.map(String.init(describing:)) ?? "")")
    for name in ["line", "steps", "band", "bars", "estimates", "sideways", "rule", "upright"] {
      #expect(svg.contains(">\(name)</text>"))
    }
    #expect(svg.contains(">y (€)</text>"))
    #expect(svg.contains("<title>title</title>") && svg.contains("<desc>summary</desc>"))
    #expect(!svg.contains("script") && !svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func theSameNumbersGiveTheSameBytes() throws {
    #expect(try chart(Self.layers).svg() == chart(Self.layers).svg())
  }

  @Test func textCannotBreakOut() throws {
    let nasty = "</title><script>alert(\"1\" & '2')</script>\u{0}\u{8}"
    let chart = try Chart(
      nasty, summary: nasty, x: Axis(nasty), y: Axis("y", scale: .categories([nasty])),
      layers: [
        Layer(nasty, .horizontalEstimates([.init(place: 0, value: 1)])),
        Layer(nasty, .verticalRule(1)),
      ])
    let svg = chart.svg()
    #expect(!svg.contains("<script"))
    #expect(XMLParser(data: Data(svg.utf8)).parse())
  }

  @Test func whatHasNoPlaceIsRefused() throws {
    #expect(throws: PlotError.notFinite(layer: "bad", index: 2)) {
      try chart([Layer("bad", .line([.init(x: 0, y: 0), .init(x: 1, y: .nan)]))])
    }
    #expect(throws: PlotError.notFinite(layer: "bad", index: 1)) {
      try chart([Self.line, Layer("bad", .horizontalRule(.infinity))])
    }
    #expect(throws: PlotError.turnedOver(layer: "bad", index: 1)) {
      try chart([Layer("bad", .band([.init(x: 0, lower: 2, upper: 1)]))])
    }
    #expect(throws: PlotError.nothingToDraw(chart: "title")) {
      try chart([Layer("rule", .horizontalRule(0)), Layer("none", .line([]))])
    }
    #expect(throws: PlotError.notPositive(layer: "line", index: 1)) {
      try Chart(
        "t", summary: "", x: Axis("x", scale: .logarithmic), y: Axis("y"), layers: [Self.line])
    }
    #expect(throws: PlotError.emptyRange(axis: "x", lower: 1, upper: 1)) {
      try Chart("t", summary: "", x: Axis("x", range: 1...1), y: Axis("y"), layers: [Self.line])
    }
    #expect(
      PlotError.notFinite(layer: "bad", index: 2).description
        == "value 2 of 'bad' is not a finite number; leave it out, or end the layer before it")
  }

  @Test func layersWithoutAStyleTakeTheFirstFree() throws {
    let layers = [
      Layer("a", .line([.init(x: 0, y: 0)]), style: 1), Layer("rule", .horizontalRule(0)),
      Layer("b", .line([.init(x: 0, y: 0)])), Layer("c", .line([.init(x: 0, y: 0)])),
      Layer("rule", .verticalRule(0)),
    ]
    #expect(try chart(layers).styles == [1, -1, 0, 2, -2])
  }

  @Test func manyPointsCostLittleAndKeepTheirExtremes() throws {
    var points = (0..<200_000).map { Layer.Point(x: Double($0), y: Double($0 % 100)) }
    points[123_456] = .init(x: 123_456, y: 500)
    let svg = try chart([Layer("line", .line(points))]).svg()
    #expect(svg.utf8.count < 100_000)
    // The one high point is the top of the plot but for the step that the axis is widened to.
    #expect(try chart([Layer("line", .line(points))]).y.range == nil)
    #expect(svg.contains(">600</text>"))
  }

  @Test(arguments: [0.0, 1e300, -1e300, 1e-300])
  func extremesStayInsideTheBox(value: Double) throws {
    let svg = try chart([
      Layer("line", .line([.init(x: value, y: value), .init(x: -value, y: 0)]))
    ]).svg()
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }
}
