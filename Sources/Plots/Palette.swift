/// Colours, dashes and shapes that stay apart for colour-blind eyes and in black and white.
///
/// Colours of Okabe and Ito (2008), "Color Universal Design", without its yellow, which paper swallows.
enum Palette {
  static let colours = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F",
  ]
  private static let dashes = ["", "7 3", "2 3", "8 3 2 3", "12 3", "4 2 1 2"]

  static func colour(_ style: Int) -> String { colours[place(style, colours.count)] }

  static func dash(_ style: Int) -> String { dashes[place(style, dashes.count)] }

  static func ruleDash(_ style: Int) -> String { ["1.5 3", "10 3", "5 4"][place(style, 3)] }

  /// The outline of a point of `style` round a place, four units across.
  static func outline(_ style: Int, x: Double, y: Double) -> String {
    let corners: [(Double, Double)]
    switch place(style, 3) {
    case 0: corners = (0..<12).map { circle[$0] }
    case 1: corners = [(-3.2, -3.2), (3.2, -3.2), (3.2, 3.2), (-3.2, 3.2)]
    default: corners = [(0, -4.4), (4.2, 3.2), (-4.2, 3.2)]
    }
    return corners.map { "\(SVG.number(x + $0.0)),\(SVG.number(y + $0.1))" }
      .joined(separator: " ")
  }

  /// A circle of radius 3.6 as a polygon.
  private static let circle: [(Double, Double)] = {
    let quarter = [(3.6, 0.0), (3.12, 1.8), (1.8, 3.12)]
    var points: [(Double, Double)] = quarter
    for _ in 0..<3 { points += points.suffix(3).map { (-$0.1, $0.0) } }
    return points
  }()

  private static func place(_ style: Int, _ count: Int) -> Int {
    ((style % count) + count) % count
  }
}
