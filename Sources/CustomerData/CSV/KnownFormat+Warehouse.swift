/// The tables that Segment and RudderStack load into a warehouse, exported as CSV.
extension KnownFormat {
  private static let common: [ImportField: [String]] = [
    .messageID: ["id", "message id"], .userID: ["user id"], .anonymousID: ["anonymous id"],
    .eventTime: ["timestamp"], .originalTime: ["original timestamp"], .sentAt: ["sent at"],
    .knownAt: ["received at"], .channel: ["channel", "context channel"],
    .email: ["email", "context traits email"], .phone: ["phone", "context traits phone"],
    .device: ["context device id"],
  ]

  private static let signature: [[String]] = [
    ["id", "message id"], ["anonymous id", "user id"], ["received at", "original timestamp"],
  ]

  static let warehouse: [KnownFormat] = [
    KnownFormat(
      name: "order-completed", summary: "a warehouse's table order_completed", record: .events,
      signature: signature + [["event"], ["order id"], ["products", "total", "revenue"]],
      columns: common.merging(order) { $1 }, adjust: { leaveOut(&$0) }),
    KnownFormat(
      name: "tracks", summary: "a warehouse's table tracks", record: .events,
      signature: signature + [["event"]],
      columns: common.merging([.event: ["event text", "event"]]) { $1 }, adjust: { leaveOut(&$0) }),
    KnownFormat(
      name: "identifies", summary: "a warehouse's table identifies", record: .events,
      signature: signature, columns: common,
      adjust: { mapping in
        leaveOut(&mapping)
        mapping.eventType = .identify
        mapping.constants[.event] = "Identify"
      }),
  ]

  private static let order: [ImportField: [String]] = [
    .event: ["event text", "event"], .orderID: ["order id"], .checkoutID: ["checkout id"],
    .sellerID: ["affiliation"], .currency: ["currency"], .subtotal: ["subtotal", "revenue"],
    .discount: ["discount"], .shipping: ["shipping"], .tax: ["tax"], .total: ["total"],
    .coupon: ["coupon"], .products: ["products"],
  ]

  /// When the warehouse loaded a row is nobody's property.
  private static func leaveOut(_ mapping: inout ImportMapping) {
    mapping.ignored = ["uuid_ts", "loaded_at", "uuid", "event"]
    if mapping.source.isEmpty { mapping.source = "warehouse" }
  }
}
