// Whether the caller speaks: every sample of the line to the voice detector, a window at a time.

import Base
import Loader
import Media
import Sound

/// Who is told what the voice detector concludes.
protocol SpeechWatchOwner: AnyObject {
  /// - Parameter ageMs: how long ago on the line it happened.
  func speech(_ event: SpeechGate.Event, ageMs: UInt64)
}

/// Gives a voice detector what it can take and a `SpeechGate` what it found. On the call's loop.
///
/// The detector is the dearest part of a frame, so it runs when the loop has served everything else of its turn: first every call's detector
/// hears its window, then each is asked what it concludes, so that they can be worked out together.
final class SpeechWatch: TimerTarget {
  private let loop: CallLoop
  private let detector: any VoiceDetector
  private var gate: SpeechGate
  private var soundEnd = SoundEnd()
  weak var owner: (any SpeechWatchOwner)?

  private var toDetector: Resampler?
  private let converted: UnsafeMutableBufferPointer<Int16>
  /// Samples at the detector's rate that wait for the loop's turn, and those that wait for a whole window.
  private let backlog: UnsafeMutableBufferPointer<Int16>
  private var inBacklog = 0
  private let window: UnsafeMutableBufferPointer<Int16>
  private var inWindow = 0
  private var isPostponed = false
  /// The window was heard, and is to be concluded.
  private var isHeard = false

  /// - Parameter rate: samples per second of the line.
  init(loop: CallLoop, detector: any VoiceDetector, rate: Int) {
    self.loop = loop
    self.detector = detector
    gate = SpeechGate(sampleRate: detector.sampleRate, windowSamples: detector.windowSamples)
    // A frame at up to 48 kHz and what a resampler's filter holds back.
    converted = .allocate(capacity: 48 * Int(loop.frameNs / 1_000_000) + 1024)
    window = .allocate(capacity: detector.windowSamples)
    backlog = .allocate(capacity: Int(detector.sampleRate) / 5)
    if Int(detector.sampleRate) != rate { toDetector = try? Resampler(from: UInt32(rate), to: detector.sampleRate) }
  }

  deinit {
    converted.deallocate()
    backlog.deallocate()
    window.deallocate()
  }

  var isSpeech: Bool { gate.isSpeech }
  var mayBeSpeech: Bool { gate.mayBeSpeech }

  /// The recogniser has heard words in what sounds like speech.
  func noteWords() { gate.noteWords() }

  /// One frame of the line. No allocation, no lock, nothing that waits.
  func hear(_ samples: UnsafeBufferPointer<Int16>) {
    guard let toDetector else { return addToBacklog(samples) }
    var rest = samples
    while !rest.isEmpty {
      let (consumed, produced) = toDetector.process(rest, into: converted)
      addToBacklog(UnsafeBufferPointer(rebasing: converted[0..<produced]))
      guard consumed > 0 else { return }
      rest = UnsafeBufferPointer(rebasing: rest[consumed...])
    }
  }

  private func addToBacklog(_ input: UnsafeBufferPointer<Int16>) {
    let room = backlog.count - inBacklog
    let count = min(input.count, room)
    if let to = backlog.baseAddress, let from = input.baseAddress { (to + inBacklog).update(from: from, count: count) }
    inBacklog += count
    // A detector that cannot keep up loses sound, and must know that time passed.
    if count < input.count { gate.skip(samples: UInt64(input.count - count)) }
    guard inWindow + inBacklog >= window.count, !isPostponed else { return }
    isPostponed = true
    loop.postponeInBatch(self)
  }

  /// The turn's speech and input are served: now the detector.
  func timerFired(token: UInt64) {
    isPostponed = false
    if isHeard { conclude() }
    guard fillWindow() else { return }
    detector.hear(UnsafeBufferPointer(window))
    isHeard = true
    isPostponed = true
    loop.postpone(self)
  }

  /// Moves what waits into the window; true when it is full.
  private func fillWindow() -> Bool {
    let count = min(window.count - inWindow, inBacklog)
    if let to = window.baseAddress, let from = backlog.baseAddress, count > 0 {
      (to + inWindow).update(from: from, count: count)
      inBacklog -= count
      from.update(from: from + count, count: inBacklog)
    }
    inWindow += count
    return inWindow == window.count
  }

  private func conclude() {
    isHeard = false
    inWindow = 0
    let event = gate.window(detector.conclude(), sounding: soundEnd.sounding(UnsafeBufferPointer(window)))
    guard let began = event.at else { return }
    let behindMs = UInt64(inBacklog * 1000) / UInt64(detector.sampleRate)
    owner?.speech(event, ageMs: gate.ageMs(of: began) + behindMs)
  }
}
