/// What was written, and what of it is dirt; blocks of customers add up in any order.
public struct ShopCounts: Hashable, Sendable {
  // What an import of all files leaves in a store's tables.
  public var events = 0
  /// An order and each change of it.
  public var orders = 0
  public var orderLines = 0
  public var refunds = 0
  public var exposures = 0
  public var messages = 0
  public var messageSteps = 0
  /// A lead and each change of it.
  public var leads = 0
  public var stages = 0
  public var consents = 0
  public var spend = 0
  // Orders by the file they are in; each is in one.
  public var webOrders = 0
  public var storeOrders = 0
  public var telephoneOrders = 0
  public var cancelledOrders = 0
  public var ordersOfNobody = 0
  // Dirt.
  public var duplicateEvents = 0
  public var redeliveredEvents = 0
  public var lateEvents = 0
  public var skewedEvents = 0
  public var duplicateMessageRows = 0
  public var lateOrders = 0
  public var lateStages = 0
  public var sharedPhones = 0
  public var kioskPhones = 0
  public var customersWithoutConsentRows = 0
  /// Events and orders that happened, and that nobody had told of by the end.
  public var neverReceived = 0
  // Customers.
  public var signedUp = 0
  public var aliveAtTheEnd = 0
  public var leadsWon = 0
  /// Rows that cannot be read, by file; the position is that of `ShopFile`.
  public var records = [Int](repeating: 0, count: ShopFile.allCases.count)
  public var rejects = [Int](repeating: 0, count: ShopFile.allCases.count)

  public init() {}

  typealias Column = (name: String, path: any WritableKeyPath<ShopCounts, Int> & Sendable)

  static let columns: [Column] = [
    ("events", \.events), ("orders", \.orders), ("order_lines", \.orderLines),
    ("refunds", \.refunds), ("exposures", \.exposures), ("messages", \.messages),
    ("message_steps", \.messageSteps), ("leads", \.leads), ("stages", \.stages),
    ("consents", \.consents), ("spend", \.spend),
  ]

  static let orderColumns: [Column] = [
    ("web", \.webOrders), ("store", \.storeOrders), ("telephone", \.telephoneOrders),
    ("cancelled", \.cancelledOrders), ("ofNobody", \.ordersOfNobody),
  ]

  static let dirtColumns: [Column] = [
    ("duplicateEvents", \.duplicateEvents), ("redeliveredEvents", \.redeliveredEvents),
    ("lateEvents", \.lateEvents), ("skewedEvents", \.skewedEvents),
    ("duplicateMessageRows", \.duplicateMessageRows), ("lateOrders", \.lateOrders),
    ("lateStages", \.lateStages), ("sharedPhones", \.sharedPhones),
    ("kioskPhones", \.kioskPhones),
    ("customersWithoutConsentRows", \.customersWithoutConsentRows),
    ("neverReceived", \.neverReceived),
  ]

  static let customerColumns: [Column] =
    [
      ("signedUp", \.signedUp), ("aliveAtTheEnd", \.aliveAtTheEnd), ("leadsWon", \.leadsWon),
    ]

  public static func += (left: inout ShopCounts, right: ShopCounts) {
    for columns in [columns, orderColumns, dirtColumns, customerColumns] {
      for (_, path) in columns { left[keyPath: path] += right[keyPath: path] }
    }
    for file in left.records.indices {
      left.records[file] += right.records[file]
      left.rejects[file] += right.rejects[file]
    }
  }
}

/// The files of a shop; those of the truth are in a folder of their own.
public enum ShopFile: Int, CaseIterable, Sendable {
  case events, orders, russianOrders, messages, leads, consents, spend, products
  case truthCustomers, truthPurchases, truthLeads, truthIdentities

  public var name: String {
    switch self {
    case .events: "events.jsonl"
    case .orders: "orders.csv"
    case .russianOrders: "orders-ru.csv"
    case .messages: "messages.csv"
    case .leads: "leads.csv"
    case .consents: "consents.csv"
    case .spend: "spend.csv"
    case .products: "products.csv"
    case .truthCustomers: "truth/customers.csv"
    case .truthPurchases: "truth/purchases.csv"
    case .truthLeads: "truth/leads.csv"
    case .truthIdentities: "truth/identities.csv"
    }
  }

  /// The format of `hourglass import`; `nil` for what is not to be imported.
  public var format: String? {
    switch self {
    case .events: "events"
    case .orders, .russianOrders: "order-lines"
    case .messages: "messages"
    case .leads: "leads"
    case .consents: "consents"
    case .spend: "spend"
    case .products: "mapping"
    case .truthCustomers, .truthPurchases, .truthLeads, .truthIdentities: nil
    }
  }

  var header: String {
    switch self {
    case .events: ""
    case .orders:
      "order_id,placed_at,received_at,loyalty_card,phone,status,channel,currency,subtotal,discount,"
        + "total,product_id,product_name,category,brand,quantity,price,unit_cost\n"
    case .russianOrders:
      "Номер заказа;Дата заказа;Телефон;Статус;Дата отмены;Валюта;Артикул;Наименование;Количество;"
        + "Цена;Скидка;Доставка;Сумма заказа\r\n"
    case .messages:
      "message_id,user_id,channel,campaign_id,campaign_name,rule_id,variant_id,decided_at,sent_at,"
        + "delivered_at,opened_at,clicked_at,bounced_at,unsubscribed_at,cost,currency,"
        + "suppressed_reason\n"
    case .leads:
      "lead_id,created_at,updated_at,email,phone,source,city,first_response_at,assigned_to,stage,"
        + "stage_entered_at,won_at,lost_at,lost_reason,amount,currency\n"
    case .consents: "user_id,channel,purpose,status,at,known_at\n"
    case .spend:
      "source_relation,date_day,platform,account_id,campaign_id,campaign_name,channel,clicks,"
        + "impressions,spend,currency\n"
    case .products: "product_id,sku,name,category,brand,price,cost,currency,valid_from,known_at\n"
    case .truthCustomers:
      "customer,arrived_at,channel,rate_per_day,loss_chance,conversion,kind,impact,"
        + "price_sensitivity,fatigue_tolerance,spend_level,web_share,arm,"
        + Catalogue.categories.map { "taste_\($0)" }.joined(separator: ",")
        + ",signed_up_at,orders,bought_at_first_visit,is_alive_at_end,lost_at\n"
    case .truthPurchases:
      "customer,as_of,horizon_days,is_alive,orders_before,probability,"
        + Catalogue.categories.map { "probability_\($0)" }.joined(separator: ",")
        + ",ordered,ordered_categories\n"
    case .truthLeads:
      "lead_id,customer,probability_at_creation,probability_after_24_hours,is_won\n"
    case .truthIdentities: "kind,value,customer\n"
    }
  }
}
