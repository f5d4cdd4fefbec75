// Lends each call a decoder of its own, and keeps a few ready so that a call need not wait for one to be made.

internal import Synchronization

/// A decoder adapts to the voice it hears, so it serves one call and is then thrown away: the next caller must not be
/// recognised through the last one's voice. Thread-safe; `lend` and `warm` take 10 to 20 ms when a decoder is to be made.
public final class DecoderPool: Sendable {
  private struct State {
    /// Ready decoders by model, the model used last at the end.
    var ready: [(model: Model, decoders: [Decoder])] = []
    var lent = 0
  }

  private let state = Mutex(State())
  private let limit: Int
  private let spares: Int
  /// A vocabulary that changed is another model; the oldest are forgotten.
  private static let maxModels = 8

  /// - Parameters:
  ///   - limit: how many may be lent at the same time, at 5 to 11 MB each.
  ///   - spares: how many are kept ready for each model.
  public init(limit: Int, spares: Int) {
    self.limit = limit
    self.spares = spares
  }

  /// A decoder for one call; give it back with `giveBack`.
  public func lend(_ model: Model) throws(RecogniserProblem) -> Decoder {
    let ready = state.withLock { state -> (isAllowed: Bool, decoder: Decoder?) in
      guard state.lent < limit else { return (false, nil) }
      state.lent += 1
      return (true, Self.take(model, from: &state))
    }
    guard ready.isAllowed else { throw .tooManyDecoders(limit) }
    if let decoder = ready.decoder { return decoder }
    do {
      return try Decoder(model)
    } catch {
      state.withLock { $0.lent -= 1 }
      throw error
    }
  }

  /// The call is over; the decoder is not used again.
  public func giveBack(_ decoder: Decoder) { state.withLock { $0.lent -= 1 } }

  /// Makes spare decoders for `model` until enough are ready.
  public func warm(_ model: Model) throws(RecogniserProblem) {
    while state.withLock({ state in (state.ready.first { $0.model == model }?.decoders.count ?? 0) < spares }) {
      let made = try Decoder(model)
      state.withLock { state in
        let i = Self.index(of: model, in: &state)
        state.ready[i].decoders.append(made)
      }
    }
  }

  private static func take(_ model: Model, from state: inout State) -> Decoder? {
    let i = index(of: model, in: &state)
    return state.ready[i].decoders.popLast()
  }

  /// Moves the model to the end, where the ones in use are, and drops what is too much at the front.
  private static func index(of model: Model, in state: inout State) -> Int {
    let known = state.ready.firstIndex { $0.model == model }.map { state.ready.remove(at: $0) }
    state.ready.append(known ?? (model, []))
    if state.ready.count > maxModels { state.ready.removeFirst() }
    return state.ready.count - 1
  }
}
