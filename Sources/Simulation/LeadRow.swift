internal import SpecialFunctions

/// A lead as the export shows it, with its losses and its dirt.
struct LeadRow {
  static let columns = [
    LeadSimulation.idColumn, "Created", "Lead Origin", "Lead Source", "Country", "City",
    "Company Size", "Total Visits", "Time On Site", "Page Views Per Visit", "Emails Opened",
    "Last Activity", "Do Not Email", "Response Minutes", "Budget", "Notes",
    LeadSimulation.targetColumn,
  ]

  private let lead: Lead
  private let population: LeadPopulation

  init(_ lead: Lead, _ population: LeadPopulation) {
    self.lead = lead
    self.population = population
  }

  static func appendHeaders(to chunk: inout LeadChunk) {
    for (index, name) in columns.enumerated() {
      chunk.leads.appendField(Array(name.utf8), isFirst: index == 0)
    }
    chunk.leads.append(.lineFeed)
    chunk.truth.append(contentsOf: "id,probability\n".utf8)
  }

  func append(to chunk: inout LeadChunk, using generator: inout some RandomNumberGenerator) {
    appendOrigin(to: &chunk, using: &generator)
    appendEngagement(to: &chunk.leads, using: &generator)
    appendSales(to: &chunk.leads, using: &generator)
    chunk.leads.append(.lineFeed)
    chunk.truth.append(contentsOf: idBytes)
    chunk.truth.append(.comma)
    chunk.truth.appendDecimal(Int((lead.probability * 1e9).rounded()), digits: 9)
    chunk.truth.append(.lineFeed)
    chunk.rowCount += 1
  }

  /// A letter first: sixteen digits alone could be read as a number.
  private var idBytes: [UInt8] {
    var bytes = Array("L-".utf8)
    for shift in stride(from: 60, through: 0, by: -4) {
      bytes.append(Array.hexDigits[Int(lead.id >> UInt64(shift) & 15)])
    }
    return bytes
  }

  private func appendOrigin(
    to chunk: inout LeadChunk, using generator: inout some RandomNumberGenerator
  ) {
    chunk.leads.appendField(idBytes, isFirst: true)
    chunk.leads.append(.comma)
    chunk.leads.appendDate(daysFrom1970: lead.day)
    chunk.leads.appendField(population.origins.bytes[lead.origin])
    let source = lead.hidden.source ? nil : population.sources.bytes[lead.source]
    chunk.leads.appendCategory(source, using: &generator)
    let country = lead.hidden.country ? nil : population.countries.bytes[lead.country]
    chunk.leads.appendCategory(country, using: &generator)
    appendCity(to: &chunk, using: &generator)
    let size = lead.hidden.companySize ? nil : lead.companySize
    chunk.leads.appendField(size.map { population.companySizes.bytes[$0] } ?? [])
  }

  private func appendCity(
    to chunk: inout LeadChunk, using generator: inout some RandomNumberGenerator
  ) {
    let city = population.cities[lead.country].bytes[lead.city]
    if generator.nextChance(LeadPopulation.Dirt.unquotedComma) {
      chunk.leads.append(.comma)
      chunk.leads.append(contentsOf: city)
      chunk.leads.append(contentsOf: ", Central".utf8)
      chunk.malformedRowCount += 1
    } else {
      chunk.leads.appendField(lead.hidden.city ? [] : city)
    }
  }

  private func appendEngagement(
    to bytes: inout [UInt8], using generator: inout some RandomNumberGenerator
  ) {
    let isHidden = lead.hidden.tracking
    bytes.appendNumber(isHidden ? nil : lead.visits, using: &generator)
    bytes.appendNumber(isHidden ? nil : lead.secondsOnSite, using: &generator)
    if isHidden {
      bytes.append(.comma)
    } else {
      // Hundredths; a lead without a visit has no pages, not 0 / 0 of them.
      let visits = Double(max(lead.visits, 1))
      bytes.append(.comma)
      bytes.appendDecimal(Int((100 * Double(lead.pageViews) / visits).rounded()), digits: 2)
    }
    bytes.appendNumber(isHidden ? nil : lead.emailsOpened, using: &generator)
    bytes.appendField(population.activities.bytes[lead.activity])
    bytes.appendField(Array((lead.doNotEmail ? "Yes" : "No").utf8))
  }

  private func appendSales(
    to bytes: inout [UInt8], using generator: inout some RandomNumberGenerator
  ) {
    bytes.appendNumber(lead.responseMinutes, using: &generator)
    if generator.nextChance(LeadPopulation.Dirt.unreadableBudget) {
      let word = LeadNotes.unreadable[generator.nextIndex(below: LeadNotes.unreadable.count)]
      bytes.appendField(Array(word.utf8))
    } else {
      bytes.appendNumber(lead.hidden.budget ? nil : lead.budget, using: &generator)
    }
    bytes.appendField(LeadNotes.draw(using: &generator))
    bytes.appendField(Array((lead.converted ? "1" : "0").utf8))
  }
}

/// What sellers type.
enum LeadNotes {
  static let share = 0.4
  static let unreadable = ["n/a?", "tbd", "12 k", "about 500", "???"]
  static let phrases = [
    "Asked for a quote, wants a call back", "Said \"send it by Friday\"", "No answer",
    "Compares us with two others, price matters", "Spoke to the assistant; owner on leave",
    "Wants references, case studies and a \"real\" demo", "Old customer of a partner",
    "Call again in June", "Interested, but not this quarter", "Très intéressé",
  ]

  /// Empty for most; else one to three phrases, some on lines of their own.
  static func draw(using generator: inout some RandomNumberGenerator) -> [UInt8] {
    guard generator.nextChance(share) else { return [] }
    var text: [UInt8] = []
    for position in 0...generator.nextIndex(below: 3) {
      if position > 0 {
        // Some sellers type on Windows.
        let breaks = [". ", "\n", "\r\n"]
        text.append(contentsOf: breaks[generator.nextIndex(below: breaks.count)].utf8)
      }
      text.append(contentsOf: phrases[generator.nextIndex(below: phrases.count)].utf8)
    }
    return text
  }
}
