import Foundation
import Testing

/// Public experiments, untouched: figures as they were published, verdicts and error rates as they must be.
@Suite(
  .enabled(if: RealDataSet.areThere, "HOURGLASS_DATA names no folder with the public data files"))
struct ExperimentRealDataTests {
  private func path(_ file: String) -> String { RealDataSet.folder.appending(path: file).path }

  @Test func hillstromsFiguresAreThePublishedOnesAndBothMailsShip() throws {
    let place = try Workplace()
    try place.write(
      """
      experiment: hillstrom
      variants: [No E-Mail, Mens E-Mail, Womens E-Mail]
      primary: {name: visit, direction: increase, minimumEffect: 10%}

      """, to: "hillstrom.yaml")
    let report = try place.run(
      "experiment", "check", "hillstrom.yaml", "--data", path("hillstrom.csv.gz"), "--arm",
      "segment", "--metric", "visit", "--metric", "conversion", "--metric", "spend:mean", "--json"
    ).json()
    // Metric by metric, the men's mail and then the women's: differences from no mail, to six decimals.
    let published = [0.076590, 0.045233, 0.006805, 0.003111, 0.76983, 0.42441]
    let metrics = try report.array("metrics")
    #expect(metrics.count == published.count)
    for (metric, difference) in zip(metrics, published) {
      // Half of the last decimal that was published.
      #expect(abs(try metric.number("effect.estimate") - difference) <= 5.1e-6)
      #expect(try metric.number("control.units") == 21_306)
      #expect(try metric.number("effect.lower") < difference)
      #expect(try metric.number("effect.upper") > difference)
    }
    #expect(try metrics[0].number("treatment.conversions") == 3_894)
    #expect(try metrics[1].number("treatment.conversions") == 3_238)
    #expect(try metrics[4].number("effect.lower") > 0)
    for treatment in try report.array("treatments") {
      #expect(try treatment.string("verdict") == "ship")
    }
    #expect(try report.array("split.alarms").isEmpty)
  }

  @Test(arguments: ["men", "women"])
  func theValueOfOnePolicyIsCoveredFromTheLogOfAnother(shop: String) throws {
    let place = try Workplace()
    let report = try place.run(
      "experiment", "policy-value", "--log", path("open_bandit_random_\(shop).csv.gz"), "--policy",
      path("open_bandit_bts_\(shop).csv.gz"), "--action", "item_id", "--context", "position",
      "--reward", "click", "--probability", "propensity_score", "--json"
    ).json()
    let own = try report.number("observedValue")
    #expect(own == (shop == "men" ? 0.0069 : 0.0046))
    #expect(try report.number("interval.lower") <= own)
    #expect(try report.number("interval.upper") >= own)
  }

  @Test func anAuditOfTheShoppersCallsAtMostAlpha() throws {
    let place = try Workplace()
    try place.write(
      """
      experiment: shoppers
      variants: [control, treatment]
      primary: {name: Revenue, direction: increase, minimumEffect: 10%, baseline: 15.5%}

      """, to: "shoppers.yaml")
    let report = try place.run(
      "experiment", "audit", "shoppers.yaml", "--data", path("online_shoppers_intention.csv"),
      "--outcome", "Revenue", "--runs", "60", "--json"
    ).json()
    #expect(try report.number("units") == 12_330)
    // 5 % of 60, and three standard errors.
    #expect(try report.number("falseCalls") <= 8)
  }
}
