// A recogniser that has stopped listening is noticed; a quiet caller and a slow one are not mistaken for it.

import Base
import Failover
import Testing

@Suite struct StallDetectorTests {
  private var detector = StallDetector(afterMs: 1500)

  /// The first moment up to `end` at which the verdict falls.
  private mutating func verdict(until end: Int) -> Int? {
    for ms in stride(from: 0, through: end, by: 10) where detector.tick(at: at(ms)) { return ms }
    return nil
  }

  /// Speech without any message: the verdict comes one and a half seconds after the onset, once.
  @Test mutating func silentRecogniser() {
    detector.speechBegan(at: at(100))
    let first = verdict(until: 10_000)
    let second = verdict(until: 20_000)
    #expect(first == 1600 && second == nil)
  }

  /// The speech may be over by then: half a second of it was enough to say something about.
  @Test mutating func shortSentence() {
    detector.speechBegan(at: at(0))
    detector.speechEnded(at: at(500))
    #expect(detector.nextDue == at(1500))
  }

  /// A quiet caller, a cough, and coughs now and then are no stall.
  @Test mutating func quietCaller() {
    let idle = verdict(until: 60_000)
    #expect(idle == nil)
    for i in 0..<50 {
      detector.speechBegan(at: at(i * 2000))
      detector.speechEnded(at: at(i * 2000 + 450))
      #expect(detector.nextDue == .never)
    }
  }

  /// Words said one by one add up to speech.
  @Test mutating func staccato() {
    for i in 0..<3 {
      detector.speechBegan(at: at(i * 600))
      detector.speechEnded(at: at(i * 600 + 200))
    }
    #expect(detector.nextDue == at(1500))
  }

  /// Any message a second apart, be it empty, keeps a long sentence from looking like a stall; the last message starts the time anew.
  @Test mutating func interims() {
    detector.speechBegan(at: at(0))
    for i in 1...30 {
      let stalled = detector.tick(at: at(i * 1000 - 1))
      #expect(!stalled)
      detector.message(at: at(i * 1000))
    }
    #expect(detector.nextDue == at(31_500))
  }

  /// A final after the end of speech answers all of it.
  @Test mutating func answered() {
    detector.speechBegan(at: at(0))
    detector.speechEnded(at: at(900))
    detector.message(at: at(1200))
    let nobody = verdict(until: 10_000)
    #expect(nobody == nil)
    detector.speechBegan(at: at(20_000))
    #expect(detector.nextDue == at(21_500))
  }

  /// Random callers and recognisers: with a message at least every second there is never a verdict; without any there is one at the
  /// latest 1.5 s after the onset of the first half second of unbroken speech.
  @Test(arguments: 0..<200)
  func walk(seed: Int) {
    var random = Random(seed: UInt64(seed))
    for listens in [true, false] {
      var detector = StallDetector(afterMs: 1500)
      var ms = 0
      var firstLong: Int?
      var verdict: Int?
      var lastMessage = 0
      while ms < 60_000, verdict == nil {
        let onset = ms + Int.random(in: 20...3000, using: &random)
        let end = onset + Int.random(in: 20...4000, using: &random)
        if end - onset >= 500, firstLong == nil { firstLong = onset }
        for now in stride(from: ms, to: end, by: 10) where verdict == nil {
          if now - 10 < onset, now >= onset { detector.speechBegan(at: at(onset)) }
          if listens, now - lastMessage >= 1000 {
            detector.message(at: at(now))
            lastMessage = now
          }
          if detector.tick(at: at(now)) { verdict = now }
        }
        detector.speechEnded(at: at(end))
        ms = end
      }
      if listens {
        #expect(verdict == nil)
      } else if let firstLong, let verdict {
        #expect(verdict <= max(firstLong + 1510, firstLong + StallDetector.speechMs + StallDetector.hangOverMs + 10))
      } else {
        #expect(Bool(false), "never noticed")
      }
    }
  }
}
