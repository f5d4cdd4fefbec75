// What passes between the engine and the world: everything, unchanged. A flaw changes one thing.

import Tenants
import Vox

/// The faithful border. A deliberately broken machine is a subclass that lies at one place, so that the engine and the world together
/// behave as if that machine of the engine were broken, without a line of the engine being changed.
class Border {
  /// What the engine is told of a tenant. The invariants go by what the tenant really asked for.
  func tenant(_ tenant: Tenant) -> Tenant { tenant }
  /// An error on its way to the engine.
  func error(_ error: ProviderError, _ role: Role) -> ProviderError { error }
  /// Up to where a recogniser's final reaches, in samples of its op.
  func settledEnd(_ end: UInt64, start: UInt64) -> UInt64 { end }
  /// Where a spoken word ends, in samples of its op.
  func wordEnd(_ end: Int, wordSamples: Int) -> Int { end }
  /// How much of a cancelled speech was played.
  func cutPosition(_ played: UInt64, pushed: UInt64) -> UInt64 { played }
  /// Whether a provider learns that it was cancelled.
  func passesCancel(_ role: Role, _ reason: Reason) -> Bool { true }
  /// How often a tool call reaches the tool.
  var deliveries: Int { 1 }
  /// A piece of work begins at a session.
  func began(_ session: SimulatedSession, _ work: Work) {}
  /// A piece of work was cancelled at a session.
  func cancelled(_ session: SimulatedSession, _ work: Work) {}
  /// What a model had left to say when it was cancelled.
  func unsaid(_ session: SimulatedSession, _ work: Work, _ texts: [String]) {}
  /// Time has passed.
  func moved(_ world: World) {}
}
