import SpecialFunctions
import Testing

@testable import Simulation

@Suite struct LeadSimulationBytes {
  @Test(arguments: [0, 7, UInt64.max])
  func sameSeedGivesSameBytes(seed: UInt64) throws {
    let first = try LeadSimulation(rowCount: 500, seed: seed)
    let again = try LeadSimulation(rowCount: 500, seed: seed)
    #expect(Array(first.chunks) == Array(again.chunks))
  }

  /// A release that changes these has changed every example that was ever simulated.
  @Test func bytesAreThoseOfTheFirstRelease() throws {
    let file = try SimulatedFile(rowCount: 2000, seed: 7)
    #expect(fingerprint(file.leads) == 125_229_574_346_773_769)
    #expect(fingerprint(file.truth) == 6_308_555_932_920_275_029)
    let later = try SimulatedFile(rowCount: 2000, seed: 7, driftMonths: 6)
    #expect(fingerprint(later.leads) == 8_291_352_966_214_951_477)
  }

  @Test func anotherSeedGivesOtherLeads() throws {
    let one = try SimulatedFile(rowCount: 1000, seed: 7)
    let other = try SimulatedFile(rowCount: 1000, seed: 8)
    let ids = Set(one.column("Prospect ID"))
    #expect(ids.isDisjoint(with: other.column("Prospect ID")))
    #expect(one.column("Budget") != other.column("Budget"))
  }

  /// On both sides of the end of a chunk, too.
  @Test(arguments: [0, 1, 8191, 8192, 8193])
  func shorterFileBeginsTheLongerOne(rowCount: Int) throws {
    let long = try LeadSimulation(rowCount: 9000, seed: 3).chunks.flatMap(\.leads)
    let short = try LeadSimulation(rowCount: rowCount, seed: 3).chunks.flatMap(\.leads)
    #expect(long.starts(with: short))
    #expect(try parsedCSV(short).count == rowCount + 1)
  }

  @Test func chunksHoldWholeRowsAndNeverMoreThanTheirShare() throws {
    let chunks = Array(try LeadSimulation(rowCount: 20_000, seed: 1).chunks)
    #expect(chunks.map(\.rowCount) == [8192, 8192, 3616])
    for chunk in chunks { #expect(chunk.leads.last == .lineFeed && chunk.truth.last == .lineFeed) }
  }

  @Test func noRowsIsHeadersAlone() throws {
    let file = try SimulatedFile(rowCount: 0, seed: 1)
    #expect(file.header == LeadRow.columns)
    #expect(file.truth == Array("id,probability\n".utf8))
  }

  @Test func wrongSettingsSayWhatIsAllowed() {
    #expect(
      throws: SimulationError.outOfRange(setting: "rowCount", value: -1, allowed: "from 0 up")
    ) {
      try LeadSimulation(rowCount: -1, seed: 1)
    }
    let error = #expect(throws: SimulationError.self) {
      try LeadSimulation(rowCount: 1, seed: 1, driftMonths: 25)
    }
    #expect(error?.description == "driftMonths is 25; give a number from 0 to 24")
  }
}

@Suite struct LeadSimulationShape {
  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func idsAreAllDifferentAndAreThoseOfTheTruth(seed: UInt64) throws {
    let file = try SimulatedFile(rowCount: 10_000, seed: seed)
    let ids = file.rows.map { $0[0] } + file.rejected.map { $0[0] }
    #expect(Set(ids).count == 10_000)
    #expect(Set(ids) == Set(file.probabilities.keys))
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func rowsToRejectAreThoseCountedAndHaveOneFieldTooMany(seed: UInt64) throws {
    let file = try SimulatedFile(rowCount: 20_000, seed: seed)
    #expect(file.rejected.count == file.malformedRowCount)
    #expect(file.rejected.allSatisfy { $0.count == file.header.count + 1 })
    let chance = LeadPopulation.Dirt.unquotedComma
    #expect(isPlausible(file.malformedRowCount, of: 20_000, chance: chance))
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func missingSharesAreThoseDesigned(seed: UInt64) throws {
    let file = try SimulatedFile(rowCount: 10_000, seed: seed)
    let country = LeadPopulation.Missing.country
    let city = country + (1 - country) * LeadPopulation.Missing.city
    let consumers = 1 - LeadPopulation.businessShare
    let size = consumers + (1 - consumers) * LeadPopulation.Missing.companySize
    let designed = [
      "Lead Source": LeadPopulation.Missing.source, "Country": country, "City": city,
      "Company Size": size, "Page Views Per Visit": LeadPopulation.Missing.tracking,
    ]
    for (name, chance) in designed {
      let count = file.column(name).count { $0.isEmpty }
      #expect(isPlausible(count, of: file.rows.count, chance: chance), "\(name): \(count)")
    }
    let visits = file.column("Total Visits")
    let hidden = visits.count { $0.isEmpty || $0 == "NA" }
    let written = visits.count { $0 == "NA" }
    let tracking = LeadPopulation.Missing.tracking
    #expect(isPlausible(hidden, of: file.rows.count, chance: tracking))
    #expect(isPlausible(written, of: hidden, chance: LeadPopulation.Dirt.writtenAsNA))
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func sourcesIncludingTheRareHaveTheirShares(seed: UInt64) throws {
    let file = try SimulatedFile(rowCount: 20_000, seed: seed)
    let shown = file.column("Lead Source").filter { !$0.isEmpty }
    let sources = LeadPopulation(driftMonths: 0).sources
    for (index, level) in sources.levels.enumerated() {
      let count = shown.count {
        $0 == level.name || $0 == " " + level.name || $0 == level.name + " "
      }
      let chance = sources.probability(index)
      #expect(isPlausible(count, of: shown.count, chance: chance), "\(level.name): \(count)")
      #expect(count > 0, "\(level.name)")
    }
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func dirtIsAsRareAsDesigned(seed: UInt64) throws {
    let file = try SimulatedFile(rowCount: 20_000, seed: seed)
    let sources = file.column("Lead Source").filter { !$0.isEmpty }
    let stray = sources.count { $0.first == " " || $0.last == " " }
    #expect(isPlausible(stray, of: sources.count, chance: LeadPopulation.Dirt.straySpace))
    let budgets = file.column("Budget")
    let unreadable = budgets.count { !$0.isEmpty && $0 != "NA" && Double($0) == nil }
    let chance = LeadPopulation.Dirt.unreadableBudget
    #expect(isPlausible(unreadable, of: budgets.count, chance: chance))
  }

  @Test func quotedFieldsReadBack() throws {
    let file = try SimulatedFile(rowCount: 10_000, seed: 5)
    #expect(file.column("Lead Source").contains("Webinar \"Ask us, live\""))
    #expect(file.column("Country").contains("Korea, Republic of"))
    let notes = file.column("Notes")
    for part in [",", "\"", "\n", "\r\n", "é"] {
      #expect(notes.contains { $0.utf8.contains(part.utf8) }, "\(part.debugDescription)")
    }
  }

  @Test func columnsHoldTheirOwnKind() throws {
    let file = try SimulatedFile(rowCount: 5000, seed: 5)
    #expect(Set(file.column("Converted")) == ["0", "1"])
    #expect(Set(file.column("Do Not Email")) == ["No", "Yes"])
    for name in ["Total Visits", "Time On Site", "Emails Opened", "Response Minutes"] {
      #expect(
        file.column(name).allSatisfy { $0.isEmpty || $0 == "NA" || Int($0) != nil }, "\(name)")
    }
    #expect(file.column("Page Views Per Visit").allSatisfy { $0.isEmpty || Double($0) != nil })
    let dates = file.column("Created")
    #expect(dates.min() == "2025-01-01" && dates.max() == "2025-12-31")
  }
}

@Suite struct LeadSimulationTruth {
  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func probabilitiesAreCalibratedInEveryTenth(seed: UInt64) throws {
    let outcomes = try SimulatedFile(rowCount: 20_000, seed: seed).outcomes
      .sorted { $0.probability < $1.probability }
    for tenth in 0..<10 {
      let part = outcomes[tenth * outcomes.count / 10..<(tenth + 1) * outcomes.count / 10]
      let expected = part.reduce(0) { $0 + $1.probability }
      let variance = part.reduce(0) { $0 + $1.probability * (1 - $1.probability) }
      let converted = Double(part.count { $0.converted })
      // 4.5 standard deviations: 1 in 150,000 each, and there are twenty.
      #expect(abs(converted - expected) <= 4.5 * variance.squareRoot(), "tenth \(tenth)")
    }
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func truthRanksWellButNotPerfectly(seed: UInt64) throws {
    let outcomes = try SimulatedFile(rowCount: 20_000, seed: seed).outcomes
    let share = Double(outcomes.count { $0.converted }) / Double(outcomes.count)
    #expect((0.35...0.40).contains(share))
    #expect((0.87...0.91).contains(areaUnderROC(outcomes)))
  }

  @Test(arguments: 1...2 as ClosedRange<UInt64>)
  func budgetsAreHiddenWithTheirChancesAndTheLargeOnesMore(seed: UInt64) {
    let population = LeadPopulation(driftMonths: 0)
    var seeds = SplitMix64(seed: seed)
    let leads = (0..<20_000).map { _ in
      var generator = SplitMix64(seed: seeds.next())
      return population.draw(using: &generator)
    }
    let chances = leads.map(LeadPopulation.budgetHidden)
    let expected = chances.reduce(0, +)
    let variance = chances.reduce(0) { $0 + $1 * (1 - $1) }
    let count = Double(leads.count { $0.hidden.budget })
    #expect(abs(count - expected) <= 4.5 * variance.squareRoot())

    func share(of part: [Lead]) -> Double {
      Double(part.count { $0.hidden.budget }) / Double(part.count)
    }
    // The designs differ by .1 and more, the standard deviation of a share of 2,000 is .011.
    let business = leads.filter { $0.companySize != nil && $0.probability < 0.5 }
    #expect(
      share(of: business.filter { $0.budget > 12_000 })
        > share(of: business.filter { $0.budget < 4000 }) + 0.05)
    #expect(
      share(of: leads.filter { !$0.converted }) > share(of: leads.filter { $0.converted }) + 0.05)
  }

  @Test func laterLeadsConvertLessAndComeFromElsewhere() throws {
    let now = try SimulatedFile(rowCount: 20_000, seed: 4)
    let later = try SimulatedFile(rowCount: 20_000, seed: 4, driftMonths: 6)
    let facebook = { (file: SimulatedFile) in
      file.column("Lead Source").count { $0 == "Facebook" }
    }
    #expect(facebook(later) > 2 * facebook(now))
    #expect(later.outcomes.count { $0.converted } < now.outcomes.count { $0.converted })
    #expect(later.column("Created").min() == "2025-06-30")
  }

  /// The share of pairs, one converted and one not, that the probability puts in order.
  private func areaUnderROC(_ outcomes: [(converted: Bool, probability: Double)]) -> Double {
    var before = 0
    var ordered = 0
    for outcome in outcomes.sorted(by: { $0.probability < $1.probability }) {
      if outcome.converted { ordered += before } else { before += 1 }
    }
    return Double(ordered) / (Double(before) * Double(outcomes.count - before))
  }
}
