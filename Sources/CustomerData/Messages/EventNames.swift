/// What an event means beyond its being an event.
enum EventMeaning: Sendable {
  case none
  case orderCompleted, orderUpdated, orderRefunded, orderCancelled
  case messageStep(channel: StaticText, MessageStepKind)
  case subscribed(channel: StaticText)
  case experimentViewed
}

/// A short text known at compile time, without a count of references.
struct StaticText: Sendable {
  private let text: StaticString

  init(_ text: StaticString) { self.text = text }

  var string: String { "\(text)" }
}

/// The name that an event is kept under, and its meaning.
struct KnownEvent: Sendable {
  let name: StaticString
  let meaning: EventMeaning

  init(_ name: StaticString, _ meaning: EventMeaning = .none) {
    self.name = name
    self.meaning = meaning
  }
}

extension KnownEvent {
  /// The events of the Segment and RudderStack specifications (e-commerce v2, e-mail, mobile, A/B testing),
  /// their v1 names, and what Klaviyo and Braze call them. Case, spaces and underscores do not count.
  static let byName = FoldedNames<KnownEvent>([
    "Products Searched": browsing("Products Searched"),
    "Searched Products": browsing("Products Searched"),
    "Searched Site": browsing("Products Searched"),
    "Product List Viewed": browsing("Product List Viewed"),
    "Viewed Product Category": browsing("Product List Viewed"),
    "Viewed Category": browsing("Product List Viewed"),
    "Product List Filtered": browsing("Product List Filtered"),
    "Filtered Product Category": browsing("Product List Filtered"),
    "Promotion Viewed": browsing("Promotion Viewed"),
    "Viewed Promotion": browsing("Promotion Viewed"),
    "Promotion Clicked": browsing("Promotion Clicked"),
    "Clicked Promotion": browsing("Promotion Clicked"),
    "Product Clicked": browsing("Product Clicked"),
    "Clicked Product": browsing("Product Clicked"),
    "Product Viewed": browsing("Product Viewed"),
    "Viewed Product": browsing("Product Viewed"),
    "ecommerce.product_viewed": browsing("Product Viewed"),
    "Product Added": browsing("Product Added"),
    "Added Product": browsing("Product Added"),
    "Added to Cart": browsing("Product Added"),
    "Product Removed": browsing("Product Removed"),
    "Removed Product": browsing("Product Removed"),
    "Removed from Cart": browsing("Product Removed"),
    "Cart Viewed": browsing("Cart Viewed"),
    "Viewed Cart": browsing("Cart Viewed"),
    "ecommerce.cart_updated": browsing("Cart Updated"),
    "Checkout Started": browsing("Checkout Started"),
    "Started Checkout": browsing("Checkout Started"),
    "Started Order": browsing("Checkout Started"),
    "ecommerce.checkout_started": browsing("Checkout Started"),
    "Checkout Step Viewed": browsing("Checkout Step Viewed"),
    "Viewed Checkout Step": browsing("Checkout Step Viewed"),
    "Checkout Step Completed": browsing("Checkout Step Completed"),
    "Completed Checkout Step": browsing("Checkout Step Completed"),
    "Payment Info Entered": browsing("Payment Info Entered"),
    "Entered Payment Info": browsing("Payment Info Entered"),
    "Coupon Entered": browsing("Coupon Entered"),
    "Coupon Applied": browsing("Coupon Applied"),
    "Coupon Denied": browsing("Coupon Denied"),
    "Coupon Removed": browsing("Coupon Removed"),
    "Product Added to Wishlist": browsing("Product Added to Wishlist"),
    "Product Removed from Wishlist": browsing("Product Removed from Wishlist"),
    "Wishlist Product Added to Cart": browsing("Wishlist Product Added to Cart"),
    "Product Shared": browsing("Product Shared"),
    "Shared Product": browsing("Product Shared"),
    "Cart Shared": browsing("Cart Shared"),
    "Shared Cart": browsing("Cart Shared"),
    "Product Reviewed": browsing("Product Reviewed"),
    "Reviewed Product": browsing("Product Reviewed"),
    "Signed Up": browsing("Signed Up"),
    "Signed In": browsing("Signed In"),
    "Order Completed": KnownEvent("Order Completed", .orderCompleted),
    "Completed Order": KnownEvent("Order Completed", .orderCompleted),
    "Placed Order": KnownEvent("Order Completed", .orderCompleted),
    "ecommerce.order_placed": KnownEvent("Order Completed", .orderCompleted),
    "Order Updated": KnownEvent("Order Updated", .orderUpdated),
    "Updated Order": KnownEvent("Order Updated", .orderUpdated),
    "Order Refunded": KnownEvent("Order Refunded", .orderRefunded),
    "Refunded Order": KnownEvent("Order Refunded", .orderRefunded),
    "ecommerce.order_refunded": KnownEvent("Order Refunded", .orderRefunded),
    "Order Cancelled": KnownEvent("Order Cancelled", .orderCancelled),
    "Order Canceled": KnownEvent("Order Cancelled", .orderCancelled),
    "Cancelled Order": KnownEvent("Order Cancelled", .orderCancelled),
    "Canceled Order": KnownEvent("Order Cancelled", .orderCancelled),
    "ecommerce.order_cancelled": KnownEvent("Order Cancelled", .orderCancelled),
    "Experiment Viewed": KnownEvent("Experiment Viewed", .experimentViewed),
    "Viewed Experiment": KnownEvent("Experiment Viewed", .experimentViewed),
    "Email Sent": mail("Email Sent", .sent),
    "users.messages.email.Send": mail("Email Sent", .sent),
    "Email Delivered": mail("Email Delivered", .delivered),
    "Received Email": mail("Email Delivered", .delivered),
    "users.messages.email.Delivery": mail("Email Delivered", .delivered),
    "Email Opened": mail("Email Opened", .opened),
    "Opened Email": mail("Email Opened", .opened),
    "users.messages.email.Open": mail("Email Opened", .opened),
    "Email Link Clicked": mail("Email Link Clicked", .clicked),
    "Email Clicked": mail("Email Link Clicked", .clicked),
    "Clicked Email": mail("Email Link Clicked", .clicked),
    "users.messages.email.Click": mail("Email Link Clicked", .clicked),
    "Email Bounced": mail("Email Bounced", .bounced),
    "Bounced Email": mail("Email Bounced", .bounced),
    "users.messages.email.Bounce": mail("Email Bounced", .bounced),
    "Email Marked as Spam": mail("Email Marked as Spam", .markedAsSpam),
    "Marked Email as Spam": mail("Email Marked as Spam", .markedAsSpam),
    "users.messages.email.MarkAsSpam": mail("Email Marked as Spam", .markedAsSpam),
    "Unsubscribed": mail("Unsubscribed", .unsubscribed),
    "Unsubscribed from Email Marketing": mail("Unsubscribed", .unsubscribed),
    "users.messages.email.Unsubscribe": mail("Unsubscribed", .unsubscribed),
    "Push Notification Sent": push("Push Notification Sent", .sent),
    "users.messages.pushnotification.Send": push("Push Notification Sent", .sent),
    "Push Notification Received": push("Push Notification Received", .delivered),
    "Received Push": push("Push Notification Received", .delivered),
    "Push Notification Tapped": push("Push Notification Tapped", .clicked),
    "Opened Push": push("Push Notification Tapped", .clicked),
    "users.messages.pushnotification.Open": push("Push Notification Tapped", .clicked),
    "Push Notification Bounced": push("Push Notification Bounced", .bounced),
    "Bounced Push": push("Push Notification Bounced", .bounced),
    "users.messages.pushnotification.Bounce": push("Push Notification Bounced", .bounced),
    "Received SMS": text("SMS Delivered", .delivered),
    "SMS Delivered": text("SMS Delivered", .delivered),
    "users.messages.sms.Delivery": text("SMS Delivered", .delivered),
    "SMS Sent": text("SMS Sent", .sent),
    "Sent SMS": text("SMS Sent", .sent),
    "users.messages.sms.Send": text("SMS Sent", .sent),
    "Clicked SMS": text("SMS Link Clicked", .clicked),
    "SMS Link Clicked": text("SMS Link Clicked", .clicked),
    "users.messages.sms.ShortLinkClick": text("SMS Link Clicked", .clicked),
    "Unsubscribed from SMS Marketing": text("SMS Unsubscribed", .unsubscribed),
    "SMS Unsubscribed": text("SMS Unsubscribed", .unsubscribed),
    "Subscribed to List": KnownEvent("Subscribed", .subscribed(channel: StaticText("email"))),
    "Subscribed": KnownEvent("Subscribed", .subscribed(channel: StaticText("email"))),
    "Subscribed to Email Marketing": KnownEvent(
      "Subscribed", .subscribed(channel: StaticText("email"))),
    "Subscribed to SMS Marketing": KnownEvent(
      "SMS Subscribed", .subscribed(channel: StaticText("sms"))),
  ])

  private static func browsing(_ name: StaticString) -> KnownEvent { KnownEvent(name) }

  private static func mail(_ name: StaticString, _ step: MessageStepKind) -> KnownEvent {
    KnownEvent(name, .messageStep(channel: StaticText("email"), step))
  }

  private static func push(_ name: StaticString, _ step: MessageStepKind) -> KnownEvent {
    KnownEvent(name, .messageStep(channel: StaticText("push"), step))
  }

  private static func text(_ name: StaticString, _ step: MessageStepKind) -> KnownEvent {
    KnownEvent(name, .messageStep(channel: StaticText("sms"), step))
  }
}
