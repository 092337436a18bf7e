import Glibc
import SpecialFunctions

/// What the shop sells; the same in every shop with one seed.
struct Catalogue: Sendable {
  struct Product: Sendable {
    let id: String
    let name: String
    let russianName: String
    let category: Int
    let brand: String
    /// In kopecks.
    let price: Int
    let cost: Int
  }

  static let categories = [
    "tea", "coffee", "books", "toys", "kitchen", "garden", "beauty", "sport",
  ]
  private static let russian = [
    "Чай", "Кофе", "Книга", "Игрушка", "Посуда", "Садовый набор", "Крем", "Мяч",
  ]
  private static let brands = ["Alder", "Birch", "Cedar", "Elm", "Fir"]
  /// Middle prices, in kopecks.
  private static let prices = [
    45_000.0, 70_000, 60_000, 120_000, 180_000, 150_000, 90_000, 220_000,
  ]
  static let productsPerCategory = 30

  let products: [Product]
  /// The popularity of the places in a category: 1, 1/2, 1/3, …
  private let popularity: [Double]
  private let popularitySum: Double

  init(seed: UInt64) {
    var generator = SplitMix64(seed: scattered(seed, salt: 11))
    var products: [Product] = []
    for category in Self.categories.indices {
      for place in 0..<Self.productsPerCategory {
        let middle = Self.prices[category] * exp(0.5 * generator.nextStandardNormal())
        let price = max(9_000, Int(middle / 1_000) * 1_000 - 100)
        let number = category * Self.productsPerCategory + place + 1
        products.append(
          Product(
            id: "P-\(1_000 + number)", name: "\(Self.categories[category]) \(number)",
            russianName: "\(Self.russian[category]) \(number)", category: category,
            brand: Self.brands[generator.nextIndex(below: Self.brands.count)], price: price,
            cost: Int(Double(price) * generator.nextBetween(0.5, 0.8))))
      }
    }
    self.products = products
    popularity = (0..<Self.productsPerCategory).map { 1 / Double($0 + 1) }
    popularitySum = popularity.reduce(0, +)
  }

  /// A product of `category`: the better of two popular ones for somebody who likes to pay `spendLevel`
  /// times the middle price.
  func draw(
    _ category: Int, spendLevel: Double, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let first = generator.nextIndex(weights: popularity, total: popularitySum)
    let second = generator.nextIndex(weights: popularity, total: popularitySum)
    let base = category * Self.productsPerCategory
    let wanted = Self.prices[category] * spendLevel
    let misses = [first, second].map { abs(log(Double(products[base + $0].price) / wanted)) }
    return base + (misses[0] <= misses[1] ? first : second)
  }
}
