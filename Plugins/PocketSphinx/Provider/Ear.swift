// The part of a session that lives on the decoding threads: a decoder on loan, and what its owner expects to hear.

import PluginKit
import PocketSphinxEngine
import Vox

/// Belongs to the session's queue, which is what makes it safe to carry between threads.
final class Ear: @unchecked Sendable {
  private let port: SessionPort
  private let settings: Settings
  private let decoders: DecoderPool
  private let queue: SerialQueue
  private var decoder: Decoder?
  private var answer: Recogniser.Answer?
  private var listening: Listening?

  init(_ port: SessionPort, _ settings: Settings, _ decoders: DecoderPool, _ queue: SerialQueue) {
    self.port = port
    self.settings = settings
    self.decoders = decoders
    self.queue = queue
  }

  deinit { giveBack() }

  /// Borrows a decoder; that takes 15 ms when none is ready, and longer the first time, when the model comes from disk.
  func open() {
    if port.isControl { return port.ready() }
    guard let model = settings.model else {
      return port.failed(
        ProviderError(
          .invalid,
          "PocketSphinx needs to know what callers may say: choose a model that gives a vocabulary, set 'dictionary' and 'language_model', or choose another recogniser.",
          scope: .session, code: "no_vocabulary"))
    }
    do {
      decoder = try decoders.lend(model)
      port.ready()
      // The next call's decoder is made now, while nobody waits for it.
      try decoders.warm(model)
    } catch  where decoder == nil {
      port.failed(problem(error, scope: .session))
    } catch {
      port.host.log(.warning, "No decoder could be made ready for the next call: \(error)", about: port.handle)
    }
  }

  func warm(_ op: Op) {
    guard let model = settings.model else { return op.completed() }
    do {
      try decoders.warm(model)
      op.completed()
    } catch {
      op.failed(problem(error))
    }
  }

  /// What the caller is expected to say from now on; an utterance that is being spoken counts as an answer as well.
  func expect(_ expectation: Expectation, _ op: Op) {
    let answer =
      expectation.grammar.isEmpty
      ? nil : Recogniser.Answer(grammar: expectation.grammar, isDigits: expectation.kind == .digits)
    do {
      if let answer { try decoder?.load(grammar: answer.grammar) }
      self.answer = answer
      listening?.expect(answer)
      op.completed()
    } catch {
      self.answer = nil
      listening?.expect(nil)
      op.failed(problem(error))
    }
  }

  func listen(_ next: Listening) {
    listening?.abandon()
    listening = nil
    guard let decoder, let recogniser = Recogniser(decoder, rate: port.inRate, silenceMs: settings.silenceMs) else {
      return next.op.failed(ProviderError(.internal, "There is no decoder for this session."))
    }
    listening = next
    next.begin(recogniser)
    next.expect(answer)
  }

  func close() {
    listening?.abandon()
    listening = nil
    giveBack()
    port.closed()
  }

  private func giveBack() {
    if let decoder { decoders.giveBack(decoder) }
    decoder = nil
  }

  private func problem(_ error: RecogniserProblem, scope: ErrorScope = .op) -> ProviderError {
    switch error {
    case .tooManyDecoders: ProviderError(.overloaded, error.description, scope: scope, code: "no_decoder")
    default: ProviderError(.invalid, error.description, scope: scope, code: "bad_vocabulary")
    }
  }
}
