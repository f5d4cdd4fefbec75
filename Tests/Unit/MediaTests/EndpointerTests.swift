// When a caller's turn is over, told by scripts of what the detector and the recogniser said.

import Media
import Testing

@Suite struct EndpointerTests {
  /// Plays a script and then obeys every `wait` until nothing is left to wait for.
  private func end(
    _ endpointer: inout Endpointer, _ script: [(UInt64, Endpointer.Event)]
  ) -> (atMs: UInt64, reason: Endpointer.Reason)? {
    var action = Endpointer.Action.none
    for (ms, event) in script {
      while case .wait(let untilMs) = action, untilMs <= ms { action = endpointer.event(.timer, at: untilMs) }
      if case .endTurn(let reason) = action { return (ms, reason) }
      action = endpointer.event(event, at: ms)
      if case .endTurn(let reason) = action { return (ms, reason) }
    }
    while case .wait(let untilMs) = action {
      action = endpointer.event(.timer, at: untilMs)
      if case .endTurn(let reason) = action { return (untilMs, reason) }
    }
    return nil
  }

  private func expect(
    _ script: [(UInt64, Endpointer.Event)], endsAt ms: UInt64, _ reason: Endpointer.Reason, _ settings: Endpointer.Settings = .init(),
    _ location: SourceLocation = #_sourceLocation
  ) {
    var endpointer = Endpointer(settings: settings)
    let ended = end(&endpointer, script)
    #expect(ended?.atMs == ms, sourceLocation: location)
    #expect(ended?.reason == reason, sourceLocation: location)
  }

  /// An utterance from 1,000 to 2,000 ms as gate and recogniser tell it; the final comes at `finalMs`.
  private func utterance(complete: Bool = false, finalMs: UInt64 = 2_200) -> [(UInt64, Endpointer.Event)] {
    [
      (1_096, .speechStarted(atMs: 1_000)), (1_700, .interim(words: 3, complete: complete)),
      (2_250, .speechEnded(atMs: 2_000)), (finalMs, .final(words: 4, complete: complete)),
    ].sorted { $0.0 < $1.0 }
  }

  /// The delay counts from the real end of the speech, not from when the gate or the final told of it.
  @Test func delayCountsFromTheEndOfSpeech() {
    expect(utterance(finalMs: 2_200), endsAt: 2_500, .silence)
    expect(utterance(finalMs: 2_400), endsAt: 2_500, .silence)
  }

  /// A final that comes after the delay ends the turn at once; one that never comes ends it after the timeout.
  @Test func waitsForTheFinal() {
    expect(utterance(finalMs: 3_100), endsAt: 3_100, .silence)
    expect(Array(utterance().filter { if case .final = $0.1 { false } else { true } }), endsAt: 4_000, .noFinal)
  }

  /// An interim after the final shows that words are still open: their final is waited for.
  @Test func wordsAfterTheFinalNeedAnother() {
    expect(
      utterance() + [(2_300, .interim(words: 1, complete: false)), (2_900, .final(words: 1, complete: false))], endsAt: 2_900, .silence)
  }

  /// Sound without words ends as no turn, at once when the recogniser says that there were none.
  @Test func noiseIsNoTurn() {
    expect([(1_096, .speechStarted(atMs: 1_000)), (1_650, .speechEnded(atMs: 1_400))], endsAt: 3_400, .noWords)
    expect(
      [(1_096, .speechStarted(atMs: 1_000)), (1_650, .speechEnded(atMs: 1_400)), (1_700, .final(words: 0, complete: false))],
      endsAt: 1_900, .noWords)
  }

  /// A complete expected answer ends sooner, digits later, a short answer with the least delay.
  @Test func expectationsChooseTheDelay() {
    expect(utterance(complete: true, finalMs: 2_260), endsAt: 2_300, .complete)
    expect([(0, .expects(.digits))] + utterance(), endsAt: 2_900, .silence)
    expect([(0, .expects(.digits))] + utterance(complete: true), endsAt: 2_300, .complete)
    expect([(0, .expects(.short))] + utterance(), endsAt: 2_500, .silence)
  }

  /// Going on to speak after a complete answer takes the completeness back.
  @Test func moreSpeechIsNotComplete() {
    expect(
      utterance(complete: true, finalMs: 2_260).dropLast() + [
        (2_280, .speechStarted(atMs: 2_200)), (3_250, .speechEnded(atMs: 3_000)), (3_300, .final(words: 2, complete: false)),
      ], endsAt: 3_500, .silence)
  }

  /// Speech that resumes within the delay keeps the turn open; the whole is one turn.
  @Test func aPauseDoesNotEndTheTurn() {
    expect(
      utterance() + [(2_496, .speechStarted(atMs: 2_400)), (4_250, .speechEnded(atMs: 4_000)), (4_300, .final(words: 5, complete: false))],
      endsAt: 4_500, .silence)
  }

  /// The recogniser's own end of turn ends it as soon as the gate has closed and the final is there.
  @Test func recogniserEndsTheTurn() {
    expect(utterance() + [(2_260, .recogniserTurnEnd)], endsAt: 2_260, .recogniser)
    expect([(2_100, .recogniserTurnEnd)] + utterance().dropFirst(0), endsAt: 2_500, .silence)
    expect(
      [
        (1_096, .speechStarted(atMs: 1_000)), (2_100, .final(words: 4, complete: false)), (2_101, .recogniserTurnEnd),
        (2_250, .speechEnded(atMs: 2_000)),
      ],
      endsAt: 2_250, .recogniser)
  }

  /// A detector that never closes does not hold the turn: the recogniser's end suffices, and so does a final without further words.
  @Test func stuckDetectorDoesNotHoldTheTurn() {
    let open: [(UInt64, Endpointer.Event)] = [(1_096, .speechStarted(atMs: 1_000)), (2_200, .final(words: 4, complete: false))]
    expect(open, endsAt: 5_200, .noNewWords)
    expect(open + [(2_300, .recogniserTurnEnd)], endsAt: 2_800, .recogniser)
    expect(
      open + [(4_000, .interim(words: 2, complete: false)), (5_500, .final(words: 2, complete: false))], endsAt: 8_500, .noNewWords)
  }

  /// A final in the middle of speech, as when a recogniser is asked for what it has, ends no turn, however impatient the agent is.
  @Test func aFinalWithinSpeechIsNoEnd() {
    var impatient = Endpointer.Settings()
    (impatient.minDelayMs, impatient.maxDelayMs) = (300, 300)
    expect(
      [
        (1_096, .speechStarted(atMs: 1_000)), (2_200, .final(words: 4, complete: false)), (3_400, .interim(words: 2, complete: false)),
        (3_750, .speechEnded(atMs: 3_500)), (3_790, .final(words: 2, complete: false)),
      ],
      endsAt: 3_800, .silence, impatient)
  }

  /// A caller too soft for the detector still gets an answer: words alone make a turn.
  @Test func wordsWithoutDetectedSpeech() {
    expect([(1_000, .interim(words: 2, complete: false)), (1_400, .final(words: 2, complete: false))], endsAt: 1_500, .silence)
  }

  /// In dynamic mode the delay follows the pauses after which this caller goes on, also those that had already ended a turn,
  /// never beyond the bounds; in fixed mode it stays.
  @Test func learnsTheCallersPauses() {
    var settings = Endpointer.Settings()
    settings.mode = .dynamic
    var dynamic = Endpointer(settings: settings)
    var fixed = Endpointer()
    var ms: UInt64 = 10_000
    for _ in 0..<40 {  // Speaks for a second, is cut off, and goes on after 1.2 s.
      for event: Endpointer.Event in [.speechStarted(atMs: ms), .speechEnded(atMs: ms + 1_000), .final(words: 3, complete: false)] {
        _ = dynamic.event(event, at: ms + 1_000)
        _ = fixed.event(event, at: ms + 1_000)
      }
      ms += 2_200
    }
    #expect(dynamic.learnedDelayMs > 1_150 && dynamic.learnedDelayMs < 1_200)
    let script = utterance().map { ($0.0 + ms, shifted($0.1, by: ms)) }
    #expect(end(&dynamic, script)?.atMs == ms + 2_000 + UInt64(dynamic.learnedDelayMs))
    #expect(end(&fixed, script)?.atMs == ms + 2_500)
  }

  /// One pause moves the learned delay by a tenth; a pause after the agent has spoken is no pause in a thought and moves nothing.
  @Test func onlyRealPausesTeach() {
    var settings = Endpointer.Settings()
    settings.mode = .dynamic
    var endpointer = Endpointer(settings: settings)
    _ = end(&endpointer, utterance())
    _ = endpointer.event(.speechStarted(atMs: 3_000), at: 3_096)
    #expect(endpointer.learnedDelayMs == 550)
    _ = end(&endpointer, [(4_250, .speechEnded(atMs: 4_000)), (4_300, .final(words: 2, complete: false))])
    _ = endpointer.event(.agentSpoke, at: 4_900)
    _ = endpointer.event(.speechStarted(atMs: 6_000), at: 6_096)
    #expect(endpointer.learnedDelayMs == 550)
  }

  /// Settings from outside cannot break it: a maximum below the minimum and absurd times are held within bounds.
  @Test func absurdSettingsAreHeld() {
    var settings = Endpointer.Settings()
    settings.minDelayMs = .max
    settings.maxDelayMs = 0
    settings.finalTimeoutMs = .max
    expect(utterance(), endsAt: 62_000, .silence, settings)
  }

  private func shifted(_ event: Endpointer.Event, by ms: UInt64) -> Endpointer.Event {
    switch event {
    case .speechStarted(let atMs): .speechStarted(atMs: atMs + ms)
    case .speechEnded(let atMs): .speechEnded(atMs: atMs + ms)
    default: event
    }
  }
}
