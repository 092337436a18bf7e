import Experiments
import Yams

extension YAMLMapping {
  /// Runs `body` and puts the line of the setting at fault to what the definition finds wrong.
  func atSetting<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DesignError {
      if let node = node(atFault: error) { throw fault(at: node, error.description) }
      throw fault(Self.key(atFault: error), error.description)
    }
  }

  private static func key(atFault error: DesignError) -> String? {
    switch error {
    case .outOfRange("the window", _, allowed: _): "window"
    case .outOfRange("the horizon in days", _, allowed: _): "horizon"
    case .outOfRange("the floor of the allocation", _, allowed: _): "allocation"
    case .outOfRange("the number of variants", _, allowed: _): "variants"
    case .noPlannedSize: "design"
    case .ownFutility, .noConditionalPower: "futility"
    default: nil
    }
  }

  /// Of a fault in one item of a list.
  private func node(atFault error: DesignError) -> Node? {
    switch error {
    case .variantsChange(let phase), .phasesNotInOrder(let phase):
      let phases = items("phases")
      return phases.indices.contains(phase - 1) ? phases[phase - 1] : nil
    case .duplicateMetric(let name):
      return (items("guardrails") + items("secondary")).last { $0["name"]?.string == name }
    default: return nil
    }
  }

  private func items(_ key: String) -> [Node] { node(key)?.array() ?? [] }
}
