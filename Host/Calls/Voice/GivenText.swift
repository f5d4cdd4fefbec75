// What one voice is given of a piece: at once when the piece is whole, else as it is written.

import Base
import Loader
import PluginABI
import Speech
import Vox

/// The text of a piece on its way to one session: each voice reads figures and tags in its own way. On the call's loop.
struct GivenText {
  private let session: ProviderSession
  private var stream: SpokenStream
  private var op: OpID?
  /// What the session has not taken yet.
  private var waiting = ""
  private var isWhole = false
  /// There was nothing in the piece that can be read: it was given as it is written.
  private var isRaw = false

  init(_ session: ProviderSession, _ style: SpeechStyle) {
    self.session = session
    stream = SpokenStream(style)
  }

  /// Begins to have it said; nil when the session takes no more work.
  /// - Parameter isWhole: no text follows; the voice must take growing texts if it does.
  mutating func begin(_ text: String, isWhole: Bool, body: String, deadline: Instant) -> OpID? {
    let spoken = isWhole ? stream.finish(text) : stream.append(text)
    isRaw = isWhole && spoken.isEmpty
    self.isWhole = isWhole
    op = session.start(
      OpKind.say, flags: isWhole ? 0 : UInt16(VOX_TTS_GROWS), text: isRaw ? text : spoken, body: body, deadline: deadline)
    return op
  }

  /// The piece goes on, or is whole.
  mutating func append(_ text: String, isWhole: Bool) {
    guard !self.isWhole else { return }
    waiting += isWhole ? stream.finish(text) : stream.append(text)
    self.isWhole = isWhole
    send()
    if isWhole, waiting.isEmpty, let op { session.finalize(op) }
  }

  /// Hands over what waits.
  private mutating func send() {
    guard !waiting.isEmpty, let op, session.push(op, waiting) != vox_status(VOX_WOULD_BLOCK) else { return }
    // Whoever calls the op stale has ended it, which is told in its own way.
    waiting = ""
  }

  /// The session has given a sign of life: it may take now what it did not before.
  mutating func goOn() {
    guard !waiting.isEmpty, let op else { return }
    send()
    if isWhole, waiting.isEmpty { session.finalize(op) }
  }

  /// How many bytes of the piece are said once `bytes` bytes of what was given are.
  func written(for bytes: Int) -> Int { isRaw ? bytes : stream.written(for: bytes) }
}
