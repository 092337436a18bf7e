/// What is wrong with the settings of a simulation.
public enum SimulationError: Error, Equatable, Sendable {
  case outOfRange(setting: String, value: Int, allowed: String)
}

extension SimulationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfRange(let setting, let value, let allowed):
      "\(setting) is \(value); give a number \(allowed)"
    }
  }
}
