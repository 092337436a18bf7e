import Tables

/// The fields of a message at its top.
enum MessageField: Sendable {
  case type, event, messageID, userID, anonymousID, previousID, groupID, timestamp
  case originalTimestamp, sentAt, receivedAt, properties, traits, context, name, channel, batch

  static let byName = FoldedNames<MessageField>([
    "type": .type, "event": .event, "event_name": .event, "messageId": .messageID,
    "userId": .userID, "anonymousId": .anonymousID, "previousId": .previousID,
    "groupId": .groupID, "timestamp": .timestamp, "originalTimestamp": .originalTimestamp,
    "sentAt": .sentAt, "receivedAt": .receivedAt, "properties": .properties,
    "event_properties": .properties, "traits": .traits, "context": .context, "name": .name,
    "channel": .channel, "batch": .batch, "external_user_id": .userID, "time": .timestamp,
  ])
}

/// The fields of a message's context that have columns of their own.
enum ContextField: Sendable {
  case campaign, page, traits, device, sessionID, referrer, consent

  static let byName = FoldedNames<ContextField>([
    "campaign": .campaign, "page": .page, "traits": .traits, "device": .device,
    "sessionId": .sessionID, "referrer": .referrer, "consent": .consent,
  ])
}

enum CampaignField: Sendable {
  case source, medium, name, term, content

  static let byName = FoldedNames<CampaignField>([
    "source": .source, "medium": .medium, "name": .name, "term": .term, "content": .content,
    "utm_source": .source, "utm_medium": .medium, "utm_campaign": .name, "utm_term": .term,
    "utm_content": .content,
  ])
}

/// The traits that are identities.
enum TraitField: Sendable {
  case email, phone, loyaltyCard

  static let byName = FoldedNames<TraitField>([
    "email": .email, "email_address": .email, "phone": .phone,
    "phone_number": .phone, "mobile": .phone, "loyalty_card": .loyaltyCard,
    "loyalty_card_number": .loyaltyCard, "loyalty_id": .loyaltyCard,
  ])
}

/// The properties of commerce, message and experiment events, as Segment, Klaviyo and Braze name them.
enum PropertyField: Sendable {
  case orderID, checkoutID, total, subtotal, revenue, value, shipping, tax, discount, coupon
  case currency, products, affiliation, refundID
  case productID, sku, name, category, brand, price, quantity
  case deliveryID, emailID, campaignID, campaignName, ruleID, variationID, experimentID
  case email, reason

  static let byName = FoldedNames<PropertyField>([
    "order_id": .orderID, "order_number": .orderID, "checkout_id": .checkoutID, "total": .total,
    "total_value": .total, "subtotal": .subtotal, "revenue": .revenue, "value": .value,
    "shipping": .shipping, "tax": .tax, "discount": .discount, "total_discounts": .discount,
    "discount_value": .discount, "coupon": .coupon, "discount_code": .coupon,
    "currency": .currency, "currency_code": .currency, "products": .products, "items": .products,
    "line_items": .products, "affiliation": .affiliation, "source": .affiliation,
    "refund_id": .refundID, "product_id": .productID, "variant_sku": .sku, "sku": .sku,
    "name": .name, "product_name": .name, "category": .category, "brand": .brand,
    "price": .price, "item_price": .price, "quantity": .quantity, "delivery_id": .deliveryID,
    "dispatch_id": .deliveryID, "email_id": .emailID, "message_id": .deliveryID,
    "campaign_id": .campaignID, "campaign_name": .campaignName, "canvas_id": .ruleID,
    "flow_id": .ruleID, "variation_id": .variationID, "message_variation_id": .variationID,
    "variant_id": .variationID, "experiment_id": .experimentID, "email": .email,
    "reason": .reason,
  ])
}

/// The properties of one event that mean something, each the last of its name.
struct KnownProperties {
  private var values: [PropertyField: JSONValue] = [:]

  init(_ properties: JSONValue?) {
    properties?.forEachMember { key, value in
      if !value.isNull, let field = PropertyField.byName[key.bytes] { values[field] = value }
    }
  }

  subscript(field: PropertyField) -> JSONValue? { values[field] }

  /// What may be a text or a number; blanks count as absent.
  func text(_ field: PropertyField) -> String? {
    values[field]?.scalarText.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// An amount in minor units of a currency with so many digits.
  func amount(_ field: PropertyField, digits: Int) -> Int64? {
    guard let value = values[field], value.kind == .number || value.kind == .string else {
      return nil
    }
    return Money.minorUnits(decimal: value.bytes, digits: digits)
  }
}
