// The caller's audio on its way into one stream: in messages of an even size, kept alive while there is none.

import DeepgramWire
import PluginKit
import Vox

/// Nothing here allocates or waits while audio flows. Belongs to a session, on whose queue everything happens.
final class Uplink {
  /// What is sent at a time to a stream that has no audio.
  private static let silenceMs = 100
  /// The most that one push brings.
  private static let pushMs = 200
  /// Messages that wait for room: a few flushes and an end.
  private static let maxWaiting = 64

  let link: Link
  private(set) var clock: StreamClock
  private let settings: ListenSettings
  private let chunk: UnsafeMutableBufferPointer<Int16>
  /// Samples of a message.
  private let size: Int
  private let silence: [Int16]
  /// Samples in `chunk`; a whole message and more while the socket has no room.
  private var filled = 0
  private var waiting: [String] = []
  /// The stream has had audio at all, and since `keepAlive` was called last.
  private var hasHadAudio = false
  private var hasNewAudio = false

  /// - Parameter rate: Hz.
  init(_ link: Link, _ settings: ListenSettings, rate: Int) {
    self.link = link
    self.settings = settings
    clock = StreamClock(rate: rate)
    size = max(rate * settings.chunkMs / 1000, 1)
    chunk = .allocate(capacity: size + rate * Self.pushMs / 1000)
    silence = [Int16](repeating: 0, count: rate * Self.silenceMs / 1000)
  }

  deinit { chunk.deallocate() }

  /// `.wouldBlock`: nothing was taken; `hasRoom` says when to try again.
  func push(_ samples: UnsafeBufferPointer<Int16>) -> PushResult {
    guard filled < size || sendChunk() else { return .wouldBlock }
    guard samples.count <= chunk.count - filled else { return .invalid }
    // An empty message would end the stream.
    guard let source = samples.baseAddress, samples.count > 0 else { return .ok }
    chunk.baseAddress.map { ($0 + filled).update(from: source, count: samples.count) }
    filled += samples.count
    clock.push(samples.count)
    if filled >= size { _ = sendChunk() }
    return .ok
  }

  /// Sends a text message after all audio so far.
  func say(_ text: String) {
    if waiting.count < Self.maxWaiting { waiting.append(text) }
    drain()
  }

  /// The socket has room again. True when audio is taken again, too.
  func hasRoom() -> Bool {
    drain()
    return filled < size
  }

  /// To be called every few seconds: the vendor closes a stream without audio or message after ten, and one that has never had audio
  /// whatever messages it gets ("Audio Keep Alive").
  func keepAlive() {
    defer { hasNewAudio = false }
    guard !hasNewAudio, waiting.isEmpty, filled == 0 || sendChunk() else { return }
    if hasHadAudio, !settings.keepsAliveBySilence, let message = settings.request.api.keepAlive { return _ = link.send(message) }
    if silence.withUnsafeBytes({ link.send($0) }) == .ok {
      hasHadAudio = true
      clock.fill(silence.count)
    }
  }

  private func drain() {
    guard filled == 0 || (waiting.isEmpty && filled < size) || sendChunk() else { return }
    while let next = waiting.first, link.send(next) != .wouldBlock { waiting.removeFirst() }
  }

  /// False when there is no room. A socket that is gone takes everything: its end is told elsewhere.
  private func sendChunk() -> Bool {
    guard filled > 0 else { return true }
    let bytes = UnsafeRawBufferPointer(start: chunk.baseAddress, count: filled * MemoryLayout<Int16>.stride)
    guard link.send(bytes) != .wouldBlock else { return false }
    filled = 0
    (hasHadAudio, hasNewAudio) = (true, true)
    return true
  }
}
