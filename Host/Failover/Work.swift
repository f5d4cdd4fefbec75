// What is to be done by some provider of a chain, as far as trying and trying again depends on it.

/// One piece of work: a listening, a completion, an utterance, a tool call, a command.
public struct Work: Equatable, Sendable {
  /// Whose spend hedges count against.
  public var tenant: String
  /// It has no end of its own, and the provider may be silent for long: a listening. Being ready is winning, and only `connectMs`
  /// is watched here; whether it hears anything is the stall detector's to say.
  public var isOpenEnded: Bool
  /// It changes the world: a booking, a dialled number. Never hedged, never handed over once it may have taken effect, and repeated
  /// at the same provider only with the same idempotency key.
  public var hasLastingEffects: Bool
  /// How long nothing useful may come from anybody before the last resort; milliseconds from the start, or from the loss of the winner.
  public var overallMs: Int
  public var hedge: Hedge
  public var hedgeCap: SpendCap
  /// An estimate of its size in thousandths of the price's unit: characters of speech, thousands of tokens. For the cap's money.
  public var thousandths: Int64

  public init(
    tenant: String, isOpenEnded: Bool = false, hasLastingEffects: Bool = false, overallMs: Int, hedge: Hedge = .off,
    hedgeCap: SpendCap = SpendCap(), thousandths: Int64 = 0
  ) {
    self.tenant = tenant
    self.isOpenEnded = isOpenEnded
    self.hasLastingEffects = hasLastingEffects
    self.overallMs = overallMs
    self.hedge = hedge
    self.hedgeCap = hedgeCap
    self.thousandths = thousandths
  }
}
