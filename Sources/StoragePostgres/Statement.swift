/// SQL put together from literals of this module: no text that came in from outside can become part of it.
struct Statement: ExpressibleByStringLiteral, Sendable {
  let text: String

  init(stringLiteral literal: StaticString) { text = literal.description }

  init(_ literal: StaticString) { text = literal.description }

  private init(text: String) { self.text = text }

  static func + (left: Statement, right: Statement) -> Statement {
    Statement(text: left.text + right.text)
  }

  /// The parts with `separator` between them.
  static func joined(_ parts: [Statement], separator: StaticString = ", ") -> Statement {
    Statement(text: parts.map(\.text).joined(separator: separator.description))
  }
}
