import Tables

/// Names of columns are written here as `KnownFormat.comparable` makes them.
extension KnownFormat {
  private static let people: [ImportField: [String]] = [
    .userID: [
      "user id", "customer id", "customerid", "client id", "userid", "contact id", "id клиента",
      "код клиента", "клиент", "id покупателя",
    ],
    .anonymousID: ["anonymous id"],
    .email: [
      "email", "e mail", "email address", "customer email", "почта", "эл почта", "e mail клиента",
    ],
    .phone: ["phone", "phone number", "mobile", "телефон", "мобильный", "номер телефона"],
    .loyaltyCard: ["loyalty card", "card number", "карта", "номер карты", "карта лояльности"],
    .device: ["device id", "device"],
  ]

  private static let orderColumns: [ImportField: [String]] = [
    .orderID: [
      "order id", "order number", "order", "номер заказа", "№ заказа", "заказ", "id заказа",
    ],
    .eventTime: [
      "placed at", "order date", "created at", "ordered at", "date", "timestamp", "дата заказа",
      "дата создания", "дата",
    ],
    .knownAt: ["known at", "exported at", "received at"],
    .status: ["status", "order status", "state", "статус", "статус заказа", "состояние"],
    .channel: ["channel", "sales channel", "канал", "канал продаж"],
    .currency: ["currency", "currency code", "валюта"],
    .subtotal: ["subtotal", "sub total", "revenue", "сумма товаров", "подытог"],
    .discount: ["discount", "discount amount", "total discount", "скидка", "сумма скидки"],
    .shipping: ["shipping", "shipping cost", "доставка", "стоимость доставки"],
    .tax: ["tax", "taxes", "vat", "ндс"],
    .total: [
      "total", "order total", "total price", "grand total", "amount", "value", "сумма",
      "сумма заказа", "итого", "стоимость",
    ],
    .coupon: ["coupon", "coupon code", "discount code", "promo code", "промокод", "купон"],
    .sellerID: ["seller id", "affiliation", "seller", "продавец", "магазин"],
    .checkoutID: ["checkout id"],
    .cancelledAt: ["cancelled at", "canceled at", "дата отмены"],
    .refundedAmount: ["refunded amount", "refund amount", "сумма возврата"],
    .products: ["products", "items", "line items"],
  ]

  private static let lineColumns: [ImportField: [String]] = [
    .productID: [
      "product id", "item id", "артикул", "код товара", "id товара", "stock code", "stockcode",
    ],
    .sku: ["sku", "variant sku"],
    .productName: [
      "product name", "product", "item name", "product title", "товар", "название товара",
      "наименование", "номенклатура",
    ],
    .category: ["category", "product category", "категория"],
    .brand: ["brand", "vendor", "бренд", "производитель"],
    .quantity: ["quantity", "qty", "количество", "кол во"],
    .price: ["price", "unit price", "item price", "цена"],
    .lineDiscount: ["line discount", "item discount", "скидка на товар"],
    .cost: ["unit cost", "cost", "себестоимость"],
  ]

  private static func join(
    _ tables: [ImportField: [String]]...
  ) -> [ImportField: [String]] {
    tables.reduce(into: [:]) { $0.merge($1) { $1 } }
  }

  /// One row an order: the shop's own export, in English or Russian.
  static let orders = KnownFormat(
    name: "orders", summary: "orders, one a row", record: .orders,
    signature: [
      orderColumns[.orderID] ?? [], orderColumns[.eventTime] ?? [], orderColumns[.total] ?? [],
    ],
    columns: join(people, orderColumns))

  /// One row a line of an order.
  static let orderLines = KnownFormat(
    name: "order-lines", summary: "orders, a line a row", record: .orderLines,
    signature: [
      orderColumns[.orderID] ?? [], orderColumns[.eventTime] ?? [], lineColumns[.quantity] ?? [],
      (lineColumns[.productID] ?? []) + (lineColumns[.sku] ?? [])
        + (lineColumns[.productName] ?? []),
    ],
    columns: join(people, orderColumns, lineColumns))

  /// Shopify's order export: a line item a row, the order's own columns on the first one only.
  static let shopify = KnownFormat(
    name: "shopify", summary: "Shopify's order export", record: .orderLines,
    signature: [["name"], ["financial status"], ["lineitem quantity"], ["lineitem name"]],
    columns: [
      .orderID: ["name"], .email: ["email"], .phone: ["phone"], .status: ["financial status"],
      .eventTime: ["created at"], .currency: ["currency"], .subtotal: ["subtotal"],
      .discount: ["discount amount"], .shipping: ["shipping"], .tax: ["taxes"], .total: ["total"],
      .coupon: ["discount code"], .cancelledAt: ["cancelled at"], .channel: ["source"],
      .refundedAmount: ["refunded amount"], .acceptsMarketing: ["accepts marketing"],
      .checkoutID: ["id"], .productID: ["lineitem sku"], .productName: ["lineitem name"],
      .quantity: ["lineitem quantity"], .price: ["lineitem price"],
      .lineDiscount: ["lineitem discount"], .brand: ["vendor"],
    ],
    adjust: { $0.source = "shopify" })

  /// The UCI "Online Retail" shape: invoices that begin with C are credit notes.
  static let onlineRetail = KnownFormat(
    name: "online-retail", summary: "the UCI \"Online Retail\" shape", record: .orderLines,
    signature: [
      ["invoiceno", "invoice"], ["stockcode"], ["quantity"], ["invoicedate"],
      ["unitprice", "price"],
    ],
    columns: [
      .orderID: ["invoiceno", "invoice"], .productID: ["stockcode"], .productName: ["description"],
      .quantity: ["quantity"], .eventTime: ["invoicedate"], .price: ["unitprice", "price"],
      .userID: ["customerid", "customer id"],
    ],
    adjust: { mapping in
      mapping.cancelledPrefix = "C"
      // The shop is British and the file names no currency.
      mapping.constants[.currency] = "GBP"
      mapping.dateOrder = .monthFirst
    })

  static let olistLeads = KnownFormat(
    name: "olist-leads", summary: "Olist's marketing-qualified leads", record: .leads,
    signature: [["mql id"], ["first contact date"], ["origin"]],
    columns: [
      .leadID: ["mql id"], .eventTime: ["first contact date"], .origin: ["origin"],
    ],
    adjust: Self.adjustOlist)

  static let olistDeals = KnownFormat(
    name: "olist-deals", summary: "Olist's closed deals", record: .leads,
    signature: [["mql id"], ["won date"], ["seller id"]],
    columns: [
      .leadID: ["mql id"], .wonAt: ["won date"], .assignedTo: ["sr id"], .externalID: ["seller id"],
    ],
    adjust: Self.adjustOlist)

  @Sendable private static func adjustOlist(_ mapping: inout ImportMapping) {
    mapping.source = "olist"
    mapping.dateOrder = .dayFirst
    mapping.externalSystem = "olist-seller"
    mapping.columns[.userID] = mapping.columns[.leadID]
  }

  /// The shape of a CRM's leads: one row a lead, or one a lead and stage.
  static let leads = KnownFormat(
    name: "leads", summary: "leads with stages", record: .leads,
    signature: [
      ["lead id", "deal id", "prospect id", "id лида", "id сделки", "лид"],
      [
        "created at", "created", "lead date", "stage entered at", "stage at", "дата создания",
        "won at",
      ],
    ],
    columns: join(
      people,
      [
        .leadID: ["lead id", "deal id", "prospect id", "id лида", "id сделки", "лид"],
        .eventTime: ["created at", "created", "lead date", "дата создания"],
        .origin: ["source", "lead source", "origin", "utm source", "источник"],
        .firstResponseAt: ["first response at", "first reply at", "дата первого ответа"],
        .assignedTo: ["assigned to", "owner", "manager", "ответственный", "менеджер"],
        .stage: ["stage", "status", "lead status", "стадия", "этап", "статус"],
        .stageAt: ["stage entered at", "stage at", "status changed at", "дата стадии"],
        .wonAt: ["won at", "won date", "closed won at", "дата сделки"],
        .lostAt: ["lost at", "lost date", "дата отказа"],
        .lostReason: ["lost reason", "причина отказа"],
        .amount: ["amount", "deal amount", "value", "сумма", "бюджет"],
        .currency: ["currency", "валюта"], .knownAt: ["known at", "updated at", "exported at"],
      ]))

  static let messages = KnownFormat(
    name: "messages", summary: "messages and what became of them", record: .messages,
    signature: [
      ["message id", "email id", "send id", "id сообщения"],
      ["sent at", "sent", "decided at", "send time", "дата отправки"], ["channel", "канал"],
    ],
    columns: join(
      people,
      [
        .messageID: ["message id", "email id", "send id", "id сообщения"],
        .channel: ["channel", "канал"], .campaignID: ["campaign id", "campaign", "кампания"],
        .campaignName: ["campaign name", "название кампании"], .ruleID: ["rule id", "trigger id"],
        .step: ["step"], .variantID: ["variant id", "variant", "вариант"],
        .decidedAt: ["decided at"], .sentAt: ["sent at", "sent", "send time", "дата отправки"],
        .deliveredAt: ["delivered at", "доставлено"],
        .openedAt: ["opened at", "first open at", "открыто"],
        .clickedAt: ["clicked at", "first click at", "клик"],
        .bouncedAt: ["bounced at"], .unsubscribedAt: ["unsubscribed at", "unsub at", "отписка"],
        .markedAsSpamAt: ["marked as spam at", "spam at", "complained at"],
        .cost: ["cost", "стоимость"],
        .currency: ["currency", "валюта"], .suppressedReason: ["suppressed reason"],
      ]))

  /// The columns of dbt's ad_reporting package.
  static let spend = KnownFormat(
    name: "spend", summary: "spend by day, as dbt's ad_reporting has it", record: .spend,
    signature: [
      ["date day", "date", "day", "дата"], ["platform", "площадка"],
      ["campaign id", "id кампании"],
      ["spend", "cost", "расход"],
    ],
    columns: [
      .eventTime: ["date day", "date", "day", "дата"], .platform: ["platform", "площадка"],
      .campaignID: ["campaign id", "id кампании"],
      .campaignName: ["campaign name", "название кампании", "кампания"],
      .creativeID: ["creative id", "ad id", "ad group id", "ad group", "id объявления"],
      .channel: ["channel", "канал"], .impressions: ["impressions", "показы"],
      .clicks: ["clicks", "клики"], .cost: ["spend", "cost", "расход"],
      .currency: ["currency", "currency code", "валюта"], .knownAt: ["known at", "loaded at"],
    ])

  static let consents = KnownFormat(
    name: "consents", summary: "consents by channel", record: .consents,
    signature: [
      ["channel", "канал"], ["status", "consent", "согласие", "статус"],
      ["at", "date", "changed at", "consented at", "дата"],
      ["purpose", "цель", "consent", "согласие"],
    ],
    columns: join(
      people,
      [
        .channel: ["channel", "канал"], .status: ["status", "consent", "согласие", "статус"],
        .eventTime: ["at", "date", "changed at", "consented at", "дата"],
        .purpose: ["purpose", "цель"], .knownAt: ["known at", "received at"],
      ]))

  static let customers = KnownFormat(
    name: "customers", summary: "customers with traits", record: .customers,
    signature: [ImportField.identities.flatMap { people[$0.field] ?? [] }],
    columns: join(
      people,
      [
        .eventTime: ["created at", "registered at", "signed up at", "дата регистрации"],
        .knownAt: ["updated at", "known at", "changed at", "дата изменения"],
        .acceptsMarketing: [
          "accepts marketing", "accepts email marketing", "согласие на рассылку",
        ],
      ]))
}
