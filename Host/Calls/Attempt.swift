// One try of one provider for one piece of work, on its way to becoming a fact.

import Base
import Failover
import Journal
import PluginABI
import Vox

/// Collects the times and amounts of a try; written once, when it has ended.
struct Attempt {
  let role: Role
  let provider: String
  let op: String
  let turn: Int
  let kind: Fact.Attempt.Kind
  /// What its provider takes, as its file says.
  let price: Price?
  let startedAt: Instant
  /// When the provider was connected and was given the work.
  var readyAt: Instant?
  var firstOutputAt: Instant?
  private(set) var endedAt: Instant?
  private(set) var outcome = Fact.Attempt.Outcome.won
  private(set) var error: ProviderError?
  /// The last cumulative amount per meter and label.
  private(set) var amounts: [String: (label: String, amount: UInt64, estimated: Bool)] = [:]

  init(_ role: Role, _ provider: String, _ op: String, turn: Int, kind: Fact.Attempt.Kind = .regular, price: Price?, startedAt: Instant) {
    self.kind = kind
    self.price = price
    self.role = role
    self.provider = provider
    self.op = op
    self.turn = turn
    self.startedAt = startedAt
  }

  /// Takes a cumulative amount; a later one of the same meter replaces it, a smaller one (out of order) is ignored.
  mutating func note(_ usage: vox_ev_usage) {
    let meter = usage.meter.string
    guard !meter.isEmpty, usage.amount >= amounts[meter]?.amount ?? 0 else { return }
    amounts[meter] = (usage.label.string, usage.amount, usage.h.flags & UInt16(VOX_USAGE_ESTIMATED) != 0)
  }

  /// What was consumed so far, in the order of the meters' names.
  var units: [Units] {
    amounts.sorted { $0.key < $1.key }
      .map { Units(meter: $0.key, amount: $0.value.amount, label: $0.value.label.isEmpty ? nil : $0.value.label) }
  }

  /// What that costs, as far as its price counts it.
  var cost: Cost? {
    price?.cost(of: amounts.mapValues(\.amount)).map { Cost(micros: $0.micros, currency: $0.currency) }
  }

  func ended(_ outcome: Fact.Attempt.Outcome, _ error: ProviderError?, at now: Instant) -> Attempt {
    var copy = self
    copy.outcome = outcome
    copy.error = error
    copy.endedAt = now
    return copy
  }
}
