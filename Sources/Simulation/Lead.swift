/// One lead as it really was, before the export loses or spoils any of it.
struct Lead: Sendable {
  var id: UInt64 = 0
  /// Days from 1970-01-01.
  var day = 0
  /// These and the next are indices of levels in `LeadPopulation`.
  var origin = 0
  var source = 0
  var country = 0
  var city = 0
  /// `nil` for a consumer.
  var companySize: Int?
  var visits = 0
  var secondsOnSite = 0
  var pageViews = 0
  var emailsOpened = 0
  var activity = 0
  var doNotEmail = false
  /// `nil` when nobody ever answered.
  var responseMinutes: Int?
  var budget = 0
  var probability = 0.0
  var converted = false
  var hidden = Hidden()

  /// What the export does not show, although it happened.
  struct Hidden: Sendable {
    /// The tracker was blocked: no visits, no time, no page views, no e-mails opened.
    var tracking = false
    var source = false
    var country = false
    var city = false
    var companySize = false
    var budget = false
  }
}
