/// The words that shops use for the state of an order and for consent, in English and Russian.
enum StatusWords {
  static func order(_ word: String) -> OrderStatus? { orders[normalized(word)] }
  static func consent(_ word: String) -> ConsentStatus? { consents[normalized(word)] }

  private static func normalized(_ word: String) -> String {
    word.lowercased().replacing("_", with: " ").replacing("-", with: " ").replacing("ё", with: "е")
  }

  private static let orders = table([
    OrderStatus.paid: [
      "paid", "complete", "completed", "fulfilled", "shipped", "delivered", "closed", "done",
      "partially refunded", "оплачен", "оплачено", "выполнен", "доставлен", "завершен", "отгружен",
    ],
    OrderStatus.placed: [
      "placed", "new", "created", "open", "pending", "processing", "authorized", "partially paid",
      "unpaid", "on hold", "новый", "в обработке", "принят", "ожидает оплаты", "собирается",
    ],
    OrderStatus.cancelled: [
      "cancelled", "canceled", "voided", "failed", "expired", "отменен", "отмена", "аннулирован",
    ],
    OrderStatus.refunded: ["refunded", "returned", "возврат", "возвращен"],
  ])

  private static let consents = table([
    ConsentStatus.granted: [
      "granted", "yes", "true", "1", "y", "subscribed", "opted in", "да", "согласен", "согласие",
      "подписан",
    ],
    ConsentStatus.denied: [
      "denied", "no", "false", "0", "n", "never", "not subscribed", "нет", "отказ",
    ],
    ConsentStatus.revoked: [
      "revoked", "unsubscribed", "opted out", "withdrawn", "отписан", "отозвано",
    ],
    ConsentStatus.expired: ["expired", "истекло"],
  ])

  private static func table<Status>(_ words: [Status: [String]]) -> [String: Status] {
    Dictionary(
      words.flatMap { status, words in words.map { ($0, status) } }, uniquingKeysWith: { $1 })
  }
}
