/// A row of blocks for a terminal.
public enum Sparkline {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// Returns one block for each of at most `width` values, the last of every stretch where there are more;
  /// values that are not finite leave a blank.
  public static func text(_ values: [Double], width: Int = 40) -> String {
    let kept =
      values.count <= width ? values : (1...width).map { values[$0 * values.count / width - 1] }
    let finite = kept.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return "" }
    return String(
      kept.map { value -> Character in
        guard value.isFinite else { return " " }
        // Half the ends each, so that no difference of large numbers overflows.
        let share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5
        return blocks[min(Int(share * Double(blocks.count)), blocks.count - 1)]
      })
  }
}
