// Runs worlds, one seed after the other, and adds up what came of them.

/// The simulation as its users call it.
public enum Simulation {
  /// What came of one world.
  public struct Outcome: Sendable {
    public let seed: UInt64
    /// How long callers were on the line in all.
    public let callHours: Double
    public let calls: Int
    public let facts: Int
    /// Equal for equal runs.
    public let trace: UInt64
    public let violation: Violation?
  }

  /// Runs one world to its end or its first violation.
  /// - Parameters:
  ///   - minutes: virtual minutes in which callers come; nil: ten.
  ///   - lines: calls at the same time; nil: as the seed wants it.
  ///   - flaw: the machine that is broken; nil: none.
  public static func run(seed: UInt64, minutes: Int? = nil, lines: Int? = nil, flaw: Flaw? = nil) throws -> Outcome {
    let world = try World(seed: seed, minutes: minutes, lines: lines, border: flaw?.border() ?? Border())
    let violation = world.run()
    let witness = world.witness
    return Outcome(
      seed: seed, callHours: Double(witness.callNs) / 3.6e12, calls: witness.callsEnded, facts: witness.facts, trace: witness.trace.hash,
      violation: violation)
  }
}
