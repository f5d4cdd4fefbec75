// Lines that must be heard while no voice works: made ahead, or given by the tenant.

public import Tenants

/// The sound of a line.
public struct Recorded: Sendable {
  public let text: String
  /// 16-bit PCM at the rate it was asked for; at most fifteen seconds.
  public let samples: [Int16]

  public init(text: String, samples: [Int16]) {
    self.text = text
    self.samples = samples
  }
}

extension Agent {
  /// Every line that is said when something has failed, for whoever makes them ahead.
  public func linesOfLastResort(_ chains: [Chain]) -> [Chain.Line] {
    [Chain.Line(lastResort), Chain.Line(confidence.againQuestion)] + chains.flatMap { $0.lastResort.flatMap(\.lines) }
  }
}

extension Chain.LastResort {
  var lines: [Chain.Line] {
    switch self {
    case .say(let line): [line]
    case .repeat(let line), .message(let line): [line].compactMap { $0 }
    case .menu(let menu): [menu.prompt] + menu.keys.sorted { $0.key < $1.key }.flatMap(\.value.lines)
    case .transfer: []
    }
  }
}
