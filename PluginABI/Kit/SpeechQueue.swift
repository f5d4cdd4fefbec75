// The sound and word times of one op on their way to the host, for voices that have no thread of their own.

public import PluginABI
import Vox

/// Keeps what the host has no room for, and hands it over in order. Forward `Session.resume` to `goOn()`. Belongs to the session's queue.
public final class SpeechQueue {
  public let op: Op
  /// Hz.
  public let rate: Int
  /// Samples put in so far, and samples the host has taken.
  public private(set) var made: UInt64 = 0
  public private(set) var handed: UInt64 = 0

  private var samples: [Int16] = []
  private var taken = 0
  private var words: [(text: String, words: [vox_word])] = []
  private var isBlocked = false
  private var isLost = false
  private var isWhole = false

  /// - Parameter rate: Hz of what is put in.
  public init(_ op: Op, rate: Int) {
    self.op = op
    self.rate = rate
  }

  /// Samples that wait for the host.
  public var waiting: Int { samples.count - taken }
  /// Everything that was put in is with the host, or nobody wants it any more.
  public var isEmpty: Bool { isLost || (waiting == 0 && words.isEmpty) }
  /// The host takes more, and little waits: time to make the next sound.
  public var isHungry: Bool { !isBlocked && !isLost && waiting < rate / 10 }

  /// More sound, of any length.
  public func say(_ more: [Int16]) {
    guard !isLost else { return }
    samples += more
    made += UInt64(more.count)
    handOver()
  }

  /// When which words of the request's text are said, in samples of the op; before their sound.
  public func say(words more: [vox_word], of text: String) {
    guard !isLost, !more.isEmpty else { return }
    words.append((text, more))
    handOver()
  }

  /// No more sound follows: what is less than a frame goes as well.
  public func finish() {
    isWhole = true
    handOver()
  }

  /// There may be room again.
  public func goOn() {
    isBlocked = false
    handOver()
  }

  /// Events of 20 to 100 ms: the first sound leaves as soon as a frame of it exists, and crumbs are no event each.
  private func handOver() {
    while !isBlocked, !isLost, let first = words.first {
      let result = op.words(
        .ttsWords, text: first.text, start: first.words.first?.start ?? 0, end: first.words.last?.end ?? 0, words: first.words)
      if isTaken(result) { words.removeFirst() }
    }
    while !isBlocked, !isLost, waiting >= (isWhole ? 1 : rate / 50) {
      let count = min(waiting, rate / 10)
      let result = samples.withUnsafeBufferPointer { op.audio(.init(rebasing: $0[taken..<taken + count]), rate: rate, position: handed) }
      guard isTaken(result) else { break }
      handed += UInt64(count)
      taken += count
    }
    // What has been taken goes once it is the larger part, so that a long text is not moved piece by piece.
    if taken > samples.count / 2 {
      samples.removeFirst(taken)
      taken = 0
    }
    if isLost { (samples, taken, words) = ([], 0, []) }
  }

  private func isTaken(_ result: PushResult) -> Bool {
    switch result {
    case .ok: return true
    case .wouldBlock: isBlocked = true
    case .stale, .invalid: isLost = true
    }
    return false
  }
}
