/// Puts orders together whose lines are rows of their own, in the order of the file.
///
/// An order is complete `window` rows after its last one: exports keep an order's rows together or nearly so,
/// and memory does not grow with the file.
struct OrderAssembler {
  /// A row of the file that could be read, or why not.
  enum Row: Sendable {
    case order(OrderRow, line: Int)
    case reject(RejectedFact)
  }

  private struct Open {
    var order: OrderRow
    let line: Int
    var lastRow: Int
  }

  private let window: Int
  private var rowCount = 0
  private var open: [String: Open] = [:]
  /// The ids of open orders as they began.
  private var ids: [String] = []
  private var firstID = 0
  /// Products told of already, each by its first row with a name.
  private var knownProducts: Set<String> = []

  init(window: Int = 100_000) { self.window = window }

  mutating func add(_ rows: [Row], to facts: inout RowFacts) {
    for row in rows {
      rowCount += 1
      switch row {
      case .order(let order, let line): add(order, line: line)
      case .reject(let reject): facts.batch.rejects.append(reject)
      }
    }
    closeOrders(before: rowCount - window, into: &facts)
  }

  mutating func finish(_ facts: inout RowFacts) { closeOrders(before: .max, into: &facts) }

  private mutating func add(_ order: OrderRow, line: Int) {
    if open[order.orderID] != nil {
      open[order.orderID]?.order.fill(from: order)
      open[order.orderID]?.lastRow = rowCount
    } else {
      open[order.orderID] = Open(order: order, line: line, lastRow: rowCount)
      ids.append(order.orderID)
    }
  }

  private mutating func closeOrders(before row: Int, into facts: inout RowFacts) {
    while firstID < ids.count, let order = open[ids[firstID]], order.lastRow < row {
      open[ids[firstID]] = nil
      firstID += 1
      close(order, into: &facts)
    }
    if firstID > ids.count / 2 {
      ids.removeFirst(firstID)
      firstID = 0
    }
  }

  private mutating func close(_ open: Open, into facts: inout RowFacts) {
    do throws(RowFault) {
      addProducts(of: open.order, to: &facts)
      try facts.addOrder(open.order)
    } catch {
      facts.reject(line: open.line, error.reason, record: open.order.orderID)
    }
  }

  private mutating func addProducts(of order: OrderRow, to facts: inout RowFacts) {
    guard let placedAt = order.placedAt else { return }
    for line in order.lines where !knownProducts.contains(line.productID) {
      knownProducts.insert(line.productID)
      var product = Product(
        productID: line.productID, validFrom: placedAt, knownAt: order.knownAt ?? placedAt)
      product.sku = line.sku
      product.name = line.name
      product.category = line.category
      product.brand = line.brand
      facts.batch.products.append(product)
    }
  }
}
