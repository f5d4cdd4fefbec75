// When the gate opens and closes, on made-up levels.

import PocketSphinxEngine
import Testing

@Suite struct SpeechGateTests {
  /// The changes of a gate that hears each level for a number of 20 ms frames, with the frame they came at.
  private func walk(_ levels: [(dB: Float, frames: Int)], silenceMs: Int = 600) -> [(SpeechGate.Change, Int)] {
    var gate = SpeechGate(silenceMs: silenceMs)
    var found: [(SpeechGate.Change, Int)] = []
    var frame = 0
    for (level, count) in levels {
      for _ in 0..<count {
        frame += 1
        let change = gate.hear(level)
        if change != .none { found.append((change, frame)) }
      }
    }
    return found
  }

  /// Speech opens the gate at its third frame, and quiet closes it after the time that was set.
  @Test func opensAndCloses() {
    let changes = walk([(-70, 50), (-25, 50), (-70, 60)])
    #expect(changes.map(\.0) == [.opened, .closed])
    #expect(changes.map(\.1) == [53, 130])
  }

  /// Speech from the very first frame on is speech: a recogniser that takes over begins in the middle of a sentence.
  @Test func opensAtOnce() {
    #expect(walk([(-30, 10)]).map(\.1) == [3])
  }

  /// A click is no speech, nor is comfort noise, nor anything below the hearing.
  @Test func ignoresWhatIsNoSpeech() {
    #expect(walk([(-70, 50), (-20, 2), (-70, 50), (-60, 100), (-59, 100)]).isEmpty)
  }

  /// A new steady noise is taken for speech at first, and for background after three seconds.
  @Test func learnsTheBackground() {
    let changes = walk([(-70, 50), (-45, 400), (-25, 20), (-45, 100)])
    #expect(changes.map(\.0) == [.opened, .closed, .opened, .closed])
    #expect(changes.count == 4 && changes[1].1 <= 50 + 200 && changes[2].1 == 453)
  }

  /// A pause within a sentence does not close the gate.
  @Test func staysOpenInPauses() {
    #expect(walk([(-70, 50), (-25, 30), (-70, 25), (-25, 30), (-70, 25)]).map(\.0) == [.opened])
  }

  /// Speech without end is cut at ten seconds, and before that, from eight seconds on, at the first short pause.
  @Test func cutsMonologues() {
    var gate = SpeechGate(silenceMs: 600)
    var closed: [Int] = []
    // Words of 300 ms, whose ends the background can be learnt from, but no pause of 120 ms.
    for frame in 0..<700 where gate.hear(frame % 15 < 13 ? -25 : -70) == .closed { closed.append(frame) }
    #expect(closed.first.map { (495...505).contains($0) } == true)

    gate = SpeechGate(silenceMs: 600)
    closed = []
    for frame in 0..<500 where gate.hear(frame % 15 < 13 && !(420..<430).contains(frame) ? -25 : -70) == .closed { closed.append(frame) }
    #expect(closed.count == 1 && (420...430).contains(closed[0]), "\(closed)")
  }
}
