// What came of trying a role: how long it took, what it consumed, what that costs.

public import Failover
import PluginABI
public import Vox

/// The result in one role. Times are milliseconds; nil where it did not come so far.
public struct TrialResult: Sendable, Equatable {
  /// What a meter counted; the vendor's own number unless estimated.
  public struct Amount: Sendable, Equatable {
    public var amount: UInt64
    public var isEstimated: Bool
  }

  public let role: Role
  /// Until the session was usable.
  public internal(set) var readyMs: Double?
  /// From the request to the first token or sound.
  public internal(set) var firstMs: Double?
  /// From the request to the end; of a recogniser, from the end of the speech.
  public internal(set) var wholeMs: Double?
  /// By meter.
  public internal(set) var units: [String: Amount] = [:]
  /// Nil when the price is not known, or nothing that it counts was told.
  public internal(set) var cost: Money?
  /// The names of the tools; nil for other roles.
  public internal(set) var tools: [String]?
  /// What it said to a question.
  public internal(set) var answer: JSONValue?
  /// Why it failed; nil when it did not.
  public internal(set) var error: ProviderError?
  var soundSamples = 0

  init(role: Role) { self.role = role }

  mutating func note(_ usage: vox_ev_usage) {
    let isEstimated = usage.h.flags & UInt16(VOX_USAGE_ESTIMATED) != 0
    units[usage.meter.string] = Amount(amount: usage.amount, isEstimated: isEstimated)
  }

  // MARK: For people and programs

  /// One line: `llm   ready after 12 ms, first token after 340 ms, whole after 351 ms; tokens_in 12, tokens_out 1; 0.000051 USD`.
  public var line: String {
    let head = role.name + String(repeating: " ", count: max(1, 6 - role.name.count))
    if let error { return "\(head)PROBLEM \(error.cls.name)\(error.code.isEmpty ? "" : " (\(error.code))"): \(error.message)" }
    let first = role == .tts ? "first sound" : "first token"
    let whole = role == .stt ? "final" : role == .tool ? "listed" : "whole"
    let times = [("ready", readyMs), (first, firstMs), (whole, wholeMs)].compactMap { what, ms in
      ms.map { "\(what) after \(Int64($0.rounded())) ms" }
    }
    var parts = [times.joined(separator: ", ")]
    if let tools { parts.append(tools.isEmpty ? "no tools" : "tools: \(tools.joined(separator: ", "))") }
    let consumed = units.sorted { $0.key < $1.key }.map { "\($0.value.isEstimated ? "about " : "")\($0.key) \($0.value.amount)" }
    parts.append(consumed.isEmpty ? "nothing consumed" : consumed.joined(separator: ", "))
    if let cost { parts.append(cost.description) }
    return head + parts.joined(separator: "; ")
  }

  public var json: JSONValue {
    func ms(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    return [
      "role": .string(role.name), "works": .bool(error == nil), "ready_ms": ms(readyMs), "first_ms": ms(firstMs), "whole_ms": ms(wholeMs),
      "units": .object(units.mapValues { ["amount": .int(Int64(clamping: $0.amount)), "estimated": .bool($0.isEstimated)] }),
      "cost": cost.map { ["micros": .int($0.micros), "currency": .string($0.currency)] } ?? .null,
      "tools": tools.map { .array($0.map { .string($0) }) } ?? .null,
      "error": error.map { ["class": .string($0.cls.name), "code": .string($0.code), "sentence": .string($0.message)] } ?? .null,
    ]
  }
}
