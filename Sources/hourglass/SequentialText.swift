import Experiments
import Plots

/// Where a group-sequential test stands, in words.
struct SequentialText {
  let progress: GroupSequentialProgress
  let figures: FigureText
  /// Units of control and treatment that have come in.
  let units: Int

  /// One line while it runs, two at the stop.
  var lines: [String] {
    var look =
      "read at look \(progress.lookCount), \(NumberText.fixed(Double(progress.units), decimals: 0)) units"
      + " and \(FigureText.percent(progress.boundary.fraction)) of the planned information:"
      + " Z \(number(progress.z))"
    if let efficacy = progress.boundary.efficacy { look += ", efficacy at \(number(efficacy))" }
    if let futility = progress.boundary.futility { look += ", futility at \(number(futility))" }
    if progress.isAtEnd {
      look += "; the planned end" + (units > progress.units ? ", later units are not read" : "")
    }
    guard let final = progress.final else { return [look] }
    return [
      look,
      "at the stop (look \(final.look)): stagewise p \(FigureText.pValue(final.pValue)), median-unbiased"
        + " effect \(figures.signed(final.medianUnbiasedEstimate)), interval"
        + " \(figures.interval(Estimate(value: final.medianUnbiasedEstimate, lower: final.lower, upper: final.upper)))",
    ]
  }

  private func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 3) }
}
