internal import SpecialFunctions

/// Where simulated leads come from: the levels and chances of every column.
struct LeadPopulation: Sendable {
  /// What the export loses, as chances. A budget is lost for reasons of its own: see `budgetHidden`.
  enum Missing {
    static let tracking = 0.02
    static let source = 0.005
    static let country = 0.08
    static let city = 0.15
    static let companySize = 0.1
  }
  /// What it spoils, as chances.
  enum Dirt {
    static let straySpace = 0.01
    /// Of the missing numbers, those written as NA instead of left empty.
    static let writtenAsNA = 0.2
    static let unreadableBudget = 0.001
    static let unquotedComma = 0.001
  }

  static let businessShare = 0.62
  static let doNotEmailShare = 0.08
  /// Leads came on each day of one year from 2025-01-01.
  static let firstDay = 20_089
  static let dayCount = 365
  static let onlineOrigins = ["Landing Page Submission", "API"]
  /// The way by which most leads of a source come in.
  static let ownOrigins = [
    "Referral": "Lead Add Form", "Partner Site": "Lead Add Form", "Live Chat": "API",
  ]

  let driftMonths: Int
  let sources: Vocabulary
  let origins = Vocabulary([
    .init(name: "Landing Page Submission", weight: 530),
    .init(name: "API", weight: 390),
    .init(name: "Lead Add Form", weight: 73),
    .init(name: "Lead Import", weight: 6),
    .init(name: "Quick Add Form", weight: 1),
  ])
  let activities = Vocabulary([
    .init(name: "Email Opened", weight: 360, effect: 0.4),
    .init(name: "SMS Sent", weight: 280, effect: 2),
    .init(name: "Live Chat Conversation", weight: 110, effect: -1.2),
    .init(name: "Page Visited", weight: 80, effect: -0.7),
    .init(name: "Form Submitted", weight: 70, effect: 0.1),
    .init(name: "Email Link Clicked", weight: 45, effect: 0.8),
    .init(name: "Email Bounced", weight: 35, effect: -2.3),
    .init(name: "Unsubscribed", weight: 12, effect: -2.2),
    .init(name: "Phone Conversation", weight: 6, effect: 2.2),
    .init(name: "Could Not Be Reached", weight: 2, effect: -1.6),
  ])
  let companySizes = Vocabulary([
    .init(name: "1-10", weight: 300, effect: -0.3),
    .init(name: "11-50", weight: 280, effect: 0.3),
    .init(name: "51-200", weight: 220, effect: 0.7),
    .init(name: "201-1000", weight: 140, effect: 0.4),
    .init(name: "1000+", weight: 60, effect: -0.5),
  ])
  let countries = Vocabulary([
    .init(name: "United States", weight: 300, effect: 0.1),
    .init(name: "India", weight: 190, effect: -0.3),
    .init(name: "United Kingdom", weight: 110, effect: 0.1),
    .init(name: "Germany", weight: 100, effect: 0.4),
    .init(name: "France", weight: 80),
    .init(name: "Brazil", weight: 70, effect: -0.4),
    .init(name: "Poland", weight: 60, effect: 0.1),
    .init(name: "Netherlands", weight: 45, effect: 0.3),
    .init(name: "Singapore", weight: 30, effect: 0.5),
    .init(name: "Korea, Republic of", weight: 10, effect: 0.3),
    .init(name: "Kenya", weight: 3, effect: -0.3),
    .init(name: "Iceland", weight: 1.5, effect: 0.3),
    .init(name: "Fiji", weight: 0.5, effect: -0.5),
  ])
  /// The cities of each country, in its order.
  let cities: [Vocabulary] = [
    ["New York", "Chicago", "Austin", "San José", "Portland", "Boise", "Ithaca", "Marfa"],
    ["Mumbai", "Bengaluru", "Pune", "Chennai", "Indore", "Kochi", "Shillong"],
    ["London", "Manchester", "Leeds", "Bristol", "York", "Wick"],
    ["Berlin", "München", "Hamburg", "Köln", "Görlitz", "Frankfurt (Oder)"],
    ["Paris", "Lyon", "Nantes", "L'Isle-Adam", "Saint-Étienne"],
    ["São Paulo", "Rio de Janeiro", "Curitiba", "Manaus"],
    ["Warszawa", "Kraków", "Łódź", "Zakopane"],
    ["Amsterdam", "Rotterdam", "'s-Hertogenbosch"],
    ["Singapore"],
    ["Seoul", "Busan"],
    ["Nairobi", "Mombasa"],
    ["Reykjavík"],
    ["Suva"],
  ].map(Vocabulary.init(falling:))

  init(driftMonths: Int) {
    self.driftMonths = driftMonths
    let months = Double(driftMonths)
    sources = Vocabulary([
      .init(name: "Google", weight: 300),
      .init(name: "Direct Traffic", weight: 250, effect: -0.3),
      .init(name: "Live Chat", weight: 180, effect: -0.8),
      .init(name: "Organic Search", weight: 120, effect: 0.1),
      .init(name: "Referral", weight: 65 / (1 + 0.05 * months), effect: 3.2),
      .init(name: "Events, Trade Fairs", weight: 28, effect: 1.1),
      .init(name: "Facebook", weight: 25 * (1 + 0.3 * months), effect: -1.4),
      .init(name: "Partner Site", weight: 16, effect: 1.9),
      .init(name: "Webinar \"Ask us, live\"", weight: 9, effect: 1.2),
      .init(name: "Bing", weight: 3, effect: -0.3),
      .init(name: "Press Release", weight: 2, effect: 0.5),
      .init(name: "Pay per Click Ads", weight: 1, effect: -0.7),
      .init(name: "Newsletter", weight: 0.7, effect: 0.8),
      .init(name: "Blog", weight: 0.3),
    ])
  }
}

extension LeadPopulation {
  /// Draws a lead: first what it is and did, then its probability, then what the export loses.
  func draw(using generator: inout some RandomNumberGenerator) -> Lead {
    var lead = Lead()
    // The first draw of a generator is different for each of its seeds, so no two ids are equal.
    lead.id = generator.next()
    lead.day = Self.firstDay + 30 * driftMonths + generator.nextIndex(below: Self.dayCount)
    drawOrigin(of: &lead, using: &generator)
    drawEngagement(of: &lead, using: &generator)
    drawSales(of: &lead, using: &generator)
    let eta = linearPredictor(of: lead)
    lead.probability = portableLogistic(eta)
    lead.converted = generator.nextChance(lead.probability)
    lead.hidden = drawHidden(of: lead, using: &generator)
    return lead
  }

  private func drawOrigin(of lead: inout Lead, using generator: inout some RandomNumberGenerator) {
    lead.source = sources.draw(using: &generator)
    let ownOrigin = Self.ownOrigins[sources.levels[lead.source].name]
    // Most come the way of their source, so the two columns overlap, as in a real export.
    if let ownOrigin, generator.nextChance(0.8) {
      lead.origin = origins.index(of: ownOrigin)
    } else {
      lead.origin = origins.draw(using: &generator)
    }
    lead.country = countries.draw(using: &generator)
    lead.city = cities[lead.country].draw(using: &generator)
    if generator.nextChance(Self.businessShare) {
      lead.companySize = companySizes.draw(using: &generator)
    }
  }

  private func drawEngagement(
    of lead: inout Lead, using generator: inout some RandomNumberGenerator
  ) {
    let interest = generator.nextBell()
    // Added by hand or imported: such a lead may never have seen the site.
    let isTyped = !Self.onlineOrigins.contains(origins.levels[lead.origin].name)
    let isOffline = isTyped && generator.nextChance(0.7)
    if !isOffline {
      lead.visits = 1 + Int(portableExp(0.7 + 0.6 * interest + 0.6 * generator.nextBell()))
      lead.secondsOnSite = Int(portableExp(5.8 + 0.4 * interest + 0.9 * generator.nextBell()))
      let viewsPerVisit = 1 + portableExp(0.3 + 0.2 * interest + 0.5 * generator.nextBell())
      lead.pageViews = Int(viewsPerVisit * Double(lead.visits))
    }
    lead.doNotEmail = generator.nextChance(Self.doNotEmailShare)
    if !lead.doNotEmail {
      lead.emailsOpened = Int(portableExp(0.5 + 0.5 * interest + 0.6 * generator.nextBell()))
    }
    lead.activity = activities.draw(using: &generator)
    // Who wants no mail has seldom opened one last.
    if lead.doNotEmail, generator.nextChance(0.5) {
      lead.activity = activities.index(of: "Email Bounced")
    }
  }

  private func drawSales(of lead: inout Lead, using generator: inout some RandomNumberGenerator) {
    // A chat is an answer, as a rule.
    let isChat = activities.levels[lead.activity].name == "Live Chat Conversation"
    if !generator.nextChance(isChat ? 0.05 : 0.18) {
      lead.responseMinutes = 1 + Int(portableExp(3.7 + 1.3 * generator.nextBell()))
    }
    if let size = lead.companySize {
      let amount = portableExp(8.6 + 0.5 * Double(size) + 0.7 * generator.nextBell())
      lead.budget = 50 * (1 + Int(amount / 50))
    } else {
      lead.budget = 10 * (1 + Int(portableExp(6.3 + 0.7 * generator.nextBell()) / 10))
    }
  }

  private func drawHidden(
    of lead: Lead, using generator: inout some RandomNumberGenerator
  ) -> Lead.Hidden {
    var hidden = Lead.Hidden()
    hidden.tracking = generator.nextChance(Missing.tracking)
    hidden.source = generator.nextChance(Missing.source)
    hidden.country = generator.nextChance(Missing.country)
    hidden.city = hidden.country || generator.nextChance(Missing.city)
    hidden.companySize = generator.nextChance(Missing.companySize)
    hidden.budget = generator.nextChance(Self.budgetHidden(lead))
    return hidden
  }

  /// The chance that a budget is not in the export. Not at random: the large ones are told less
  /// often, and so are those of leads that will not buy.
  static func budgetHidden(_ lead: Lead) -> Double {
    0.15 + 0.25 * budgetShare(lead) + 0.25 * (1 - lead.probability)
  }
}

extension LeadPopulation {
  /// The log-odds of converting.
  func linearPredictor(of lead: Lead) -> Double {
    var eta = -5.35
    eta += sources.levels[lead.source].effect
    eta += activities.levels[lead.activity].effect
    eta += countries.levels[lead.country].effect
    eta += lead.companySize.map { companySizes.levels[$0].effect } ?? -0.1
    eta += 3.6 * saturating(Double(lead.visits), halfAt: 4)
    eta += timeEffect(seconds: lead.secondsOnSite)
    eta += 0.4 * Double(min(lead.emailsOpened, 6))
    eta += lead.doNotEmail ? -1 : 0
    eta += responseEffect(lead)
    eta += (lead.companySize == nil ? 0.8 : 1.6) * Self.budgetShare(lead)
    eta += jointEffect(lead)
    eta -= 0.04 * Double(driftMonths)
    return eta
  }

  /// U-shaped: who knows what he wants is quick, who is convinced reads on; the rest is browsing.
  private func timeEffect(seconds: Int) -> Double {
    let minutes = min(Double(seconds) / 60, 20)
    let distance = (minutes - 7) / 13
    return 2.3 * distance * distance
  }

  /// An answer within the hour helps most; no answer at all is worse than a late one.
  private func responseEffect(_ lead: Lead) -> Double {
    guard let minutes = lead.responseMinutes else { return -1.2 }
    return 2.8 * (1 - saturating(Double(minutes), halfAt: 40))
  }

  /// What a last activity means depends on the source.
  private func jointEffect(_ lead: Lead) -> Double {
    switch (sources.levels[lead.source].name, activities.levels[lead.activity].name) {
    case ("Live Chat", "Live Chat Conversation"): 2.4
    case ("Google", "Form Submitted"), ("Organic Search", "Form Submitted"): 1.7
    case ("Direct Traffic", "SMS Sent"): -1.4
    case ("Facebook", "Email Opened"): -0.8
    default: 0
    }
  }

  private static func budgetShare(_ lead: Lead) -> Double {
    saturating(Double(lead.budget), halfAt: lead.companySize == nil ? 600 : 12_000)
  }
}

/// Rises from 0 at 0 to 1 at infinity, and is half of that at `halfAt`.
private func saturating(_ x: Double, halfAt: Double) -> Double {
  x / (x + halfAt)
}
