import Foundation

/// A small customer file, the same every time: a number, a category, yes or no, a date and an outcome that
/// depends on them, with some luck. Ids hold a word that no message may repeat.
struct Customers {
  /// In every id; a message that holds it has told who a customer is.
  static let secret = "SECRET"

  var header = ["id", "age", "visits", "colour", "news", "joined", "bought"]
  var rows: [[String]]
  var delimiter = ","

  init(count: Int = 300) {
    rows = (0..<count).map { row in
      // Multiples of primes, reduced: spread like random numbers, and the same on every machine.
      let age = 20 + Double((row * 37) % 89) / 2
      let visits = (row * 7_919) % 13
      let colour = ["red", "green", "blue", "red", "green"][(row * 31) % 5]
      let luck = (row * 104_729 + row * row * 13) % 100
      let bought = Double(luck) < 15 + age / 2 + Double(visits) * 2 + (colour == "red" ? 15 : 0)
      let month = 1 + (row * 17) % 12
      let day = 1 + (row * 19) % 28
      return [
        "\(Self.secret)-\(row)", row % 29 == 3 ? "" : "\(age)", "\(visits)",
        row % 97 == 5 ? "violet" : row % 41 == 7 ? "" : colour, row % 3 == 0 ? "Yes" : "No",
        "2025-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)", bought ? "1" : "0",
      ]
    }
  }

  var text: String {
    ([header] + rows).map { $0.joined(separator: delimiter) + "\n" }.joined()
  }

  func column(_ name: String) -> Int { header.firstIndex(of: name) ?? 0 }

  /// The same customers with `change` made to every cell of a column.
  func mapping(_ name: String, _ change: (String) -> String) -> Customers {
    var customers = self
    for row in rows.indices {
      customers.rows[row][column(name)] = change(rows[row][column(name)])
    }
    return customers
  }

  /// The same customers with one cell changed; `row` is counted from 1 as messages count it.
  func setting(_ name: String, row: Int, to cell: String) -> Customers {
    var customers = self
    customers.rows[row - 1][column(name)] = cell
    return customers
  }

  func renaming(_ name: String, _ newName: String) -> Customers {
    var customers = self
    customers.header[column(name)] = newName
    return customers
  }

  func dropping(_ name: String) -> Customers {
    var customers = self
    let place = column(name)
    customers.header.remove(at: place)
    for row in rows.indices { customers.rows[row].remove(at: place) }
    return customers
  }
}

extension Workplace {
  /// A penalty, for tests of other things: without one cross-validation chooses, which takes its time.
  static let aPenalty = ["--l2", "0.001"]

  /// Writes customers and trains a model of them.
  @discardableResult
  func train(
    _ name: String = "buyers", on customers: Customers = Customers(), _ more: String...
  ) throws -> Answer {
    try write(customers.text, to: "customers.csv")
    return try run(
      ["train", name, "--data", "customers.csv", "--target", "bought", "--id", "id"] + Self.aPenalty
        + more)
  }
}
