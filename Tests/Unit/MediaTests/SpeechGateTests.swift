// When the gate tells that speech starts, is certain, ends, or was never the caller's.

import Media
import Testing

@Suite struct SpeechGateTests {
  /// Runs probabilities through a gate at 8 kHz and notes which window (from 1) gave which event.
  private func run(_ gate: inout SpeechGate, _ probabilities: [Float]) -> [(Int, SpeechGate.Event)] {
    probabilities.enumerated().compactMap { i, p in
      let event = gate.window(p)
      return event == .none ? nil : (i + 1, event)
    }
  }

  private func gate() -> SpeechGate { SpeechGate(sampleRate: 8_000, windowSamples: 256) }
  private func windows(_ p: Float, _ count: Int) -> [Float] { [Float](repeating: p, count: count) }

  /// Speech is provisional after two windows, started after three, and both carry the position of the first of them.
  @Test func startsAfterThreeWindows() {
    var g = gate()
    let told = run(&g, windows(0, 10) + windows(0.6, 5))
    #expect(told.map(\.0) == [12, 13])
    #expect(told.map(\.1) == [.provisional(at: 2_560), .started(at: 2_560)])
    #expect(g.isSpeech)
  }

  /// One loud window is nothing at all; two are a provisional start that is withdrawn with the next quiet one.
  @Test func aClickIsWithdrawn() {
    var g = gate()
    #expect(run(&g, [0, 0.9, 0, 0, 0.9, 0.4]).isEmpty)
    let told = run(&g, [0.9, 0.9, 0.4])
    #expect(told.map(\.1) == [.provisional(at: 1_536), .withdrawn(at: 2_304)])
    #expect(!g.isSpeech)
  }

  /// Speech ends after 250 ms below the end threshold (eight windows), and the end is told as the end of its last window.
  @Test func endsAtTheLastSpeech() {
    var g = gate()
    let told = run(&g, windows(0.9, 3) + windows(0.4, 7) + windows(0.34, 9))
    #expect(told.last?.0 == 18)
    #expect(told.last?.1 == .ended(at: 10 * 256))
    #expect(g.ageMs(of: 10 * 256) == 9 * 32)
  }

  /// The end is that of the sound, where the detector goes on believing for a while: silence is counted from there, but never from more
  /// than three windows before the detector's own end.
  @Test func endsWithTheSound() {
    var g = gate()
    #expect(run(&g, windows(0.9, 5)).last?.1 == .confirmed(at: 0) || g.isSpeech)
    #expect(g.window(0.9, sounding: 64) == .none && g.window(0.5, sounding: 0) == .none)
    let end = UInt64(5 * 256 + 64)
    var told = 0
    while g.window(0.1, sounding: 0) == .none { told += 1 }
    #expect(told == 6 && g.ageMs(of: end) == 8 * 32 - 8 + 32)

    var murmur = gate()
    _ = run(&murmur, windows(0.9, 5))
    for _ in 0..<20 { #expect(murmur.window(0.6, sounding: 0) == .none || murmur.isSpeech) }
    var event = SpeechGate.Event.none
    for _ in 0..<5 { event = murmur.window(0.1, sounding: 0) }
    #expect(event == .ended(at: 22 * 256))
  }

  /// A weak syllable, between the two thresholds or shorter than 250 ms, does not end speech.
  @Test func weakSyllablesDoNotEndSpeech() {
    var g = gate()
    let told = run(&g, windows(0.9, 3) + windows(0.36, 30) + windows(0.1, 7) + windows(0.9, 1) + windows(0.1, 7))
    #expect(told.map(\.0) == [2, 3])
  }

  /// Speech is confirmed once, after seven windows in a row at 0.8 or more, also when the first of them came before its start.
  @Test func confirmsSustainedSpeech() {
    var g = gate()
    #expect(run(&g, windows(0.85, 20)).map(\.1) == [.provisional(at: 0), .started(at: 0), .confirmed(at: 0)])
    var weak = gate()
    #expect(run(&weak, windows(0.85, 6) + windows(0.79, 1) + windows(0.85, 6)).count == 2)
  }

  /// Eight seconds of speech without a recognised word are background; from then on only 0.9 starts speech.
  @Test func wordlessSpeechIsBackground() {
    var g = gate()
    let told = run(&g, windows(0.7, 400))
    #expect(told.map(\.0) == [2, 3, 253])
    #expect(told.last?.1 == .background(at: 253 * 256))
    #expect(g.isNoisy && !g.isSpeech)
    #expect(run(&g, windows(0.95, 3)).last?.1 == .started(at: 400 * 256))
  }

  /// Recognised words keep long speech from being taken for background.
  @Test func wordsProveTheCaller() {
    var g = gate()
    for _ in 0..<5 {
      #expect(run(&g, windows(0.7, 200)).allSatisfy { if case .background = $0.1 { false } else { true } })
      g.noteWords()
    }
    #expect(!g.isNoisy)
  }

  /// Missing samples move the positions on and break a run of loud windows.
  @Test func gapsKeepPositionsTrue() {
    var g = gate()
    _ = run(&g, windows(0.9, 2))
    g.skip(samples: 1_000)
    #expect(run(&g, windows(0.9, 3)).last?.1 == .started(at: 512 + 1_000))
  }

  /// What a broken detector says (not a number, infinite) is silence or speech, never a crash.
  @Test func nonsenseIsSurvived() {
    var g = SpeechGate(sampleRate: 0, windowSamples: 0)
    #expect(g.window(.nan) == .none)
    #expect(g.window(-.infinity) == .none)
    _ = g.window(.infinity)
    #expect(g.position == 3)
  }

  /// At 16 kHz the same times hold with windows of 512.
  @Test func wideband() {
    var g = SpeechGate(sampleRate: 16_000, windowSamples: 512)
    let told = run(&g, windows(0.9, 8) + windows(0, 8))
    #expect(told.map(\.0) == [2, 3, 7, 16])
    #expect(told.last?.1 == .ended(at: 8 * 512))
  }
}
