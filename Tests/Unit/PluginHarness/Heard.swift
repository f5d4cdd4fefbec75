// An event of a plugin, copied out of the ABI so that a test can look at it.

public import PluginABI
public import Vox

/// What a plugin emitted; members that its kind does not have are empty.
public struct Heard: Sendable {
  public struct Word: Equatable, Sendable {
    public let text: String
    public let start: UInt64
    public let end: UInt64
  }

  public let kind: EventKind
  /// Of the event; of the audio where there is any.
  public private(set) var flags: UInt16
  public let target: vox_handle
  public let op: vox_handle
  /// Nanoseconds of the fake host's clock at the emit, and what the plugin itself said about the moment.
  public let at: UInt64
  public let stamp: UInt64
  public var text = ""
  public var name = ""
  public var position: UInt64 = 0
  public var value: UInt64 = 0
  public var end: UInt64 = 0
  public var samples: [Int16] = []
  public var rate = 0
  public var words: [Word] = []
  public var language = ""
  public var error: ProviderError?
  public var cause: LegCause?
  public var state = 0

  /// `text` as JSON; null when it is none.
  public var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }
  /// Of audio: samples are missing before it.
  public var isLossBefore: Bool { flags & UInt16(VOX_AUDIO_LOST_BEFORE) != 0 }
  public var isFinal: Bool { flags & UInt16(VOX_TRANSCRIPT_FINAL) != 0 }

  /// - Parameter now: nanoseconds of the clock of whoever heard it.
  public init(_ event: UnsafePointer<vox_event>, at now: UInt64) {
    let h = event.pointee
    kind = EventKind(rawValue: h.kind)
    flags = h.flags
    target = h.target
    op = h.op
    at = now
    stamp = h.at
    let raw = UnsafeRawPointer(event)
    switch Int(h.struct_size) {
    case MemoryLayout<vox_ev_mark>.size where kind != .leg: read(raw.load(as: vox_ev_mark.self))
    case MemoryLayout<vox_ev_leg>.size: read(raw.load(as: vox_ev_leg.self))
    case MemoryLayout<vox_ev_text>.size: text = raw.load(as: vox_ev_text.self).text.string
    case MemoryLayout<vox_ev_audio>.size: read(raw.load(as: vox_ev_audio.self))
    case MemoryLayout<vox_ev_words>.size: read(raw.load(as: vox_ev_words.self))
    case MemoryLayout<vox_ev_tool>.size: read(raw.load(as: vox_ev_tool.self))
    case MemoryLayout<vox_ev_usage>.size: read(raw.load(as: vox_ev_usage.self))
    case MemoryLayout<vox_ev_failed>.size: error = ProviderError(raw.load(as: vox_ev_failed.self).error)
    case MemoryLayout<vox_ev_dtmf>.size: read(raw.load(as: vox_ev_dtmf.self))
    case MemoryLayout<vox_ev_account>.size: read(raw.load(as: vox_ev_account.self))
    default: break
    }
  }

  private mutating func read(_ e: vox_ev_mark) {
    position = e.position
    value = e.value
  }

  private mutating func read(_ e: vox_ev_leg) {
    state = Int(e.state)
    cause = LegCause(abi: e.cause)
  }

  private mutating func read(_ e: vox_ev_audio) {
    position = e.audio.position
    flags = e.audio.flags
    rate = Int(e.audio.rate)
    samples = Array(UnsafeBufferPointer(start: e.audio.samples, count: Int(e.audio.count)))
  }

  private mutating func read(_ e: vox_ev_words) {
    text = e.text.string
    language = e.language.string
    position = e.start
    end = e.end
    let bytes = Array(text.utf8)
    words = UnsafeBufferPointer(start: e.words, count: Int(e.nwords)).map { word in
      let range = Int(word.text_at)..<Int(word.text_at + word.text_len)
      let text = range.upperBound <= bytes.count ? String(decoding: bytes[range], as: UTF8.self) : "(outside of the text)"
      return Word(text: text, start: word.start, end: word.end)
    }
  }

  private mutating func read(_ e: vox_ev_tool) {
    name = e.name.string
    text = e.arguments.string
  }

  private mutating func read(_ e: vox_ev_usage) {
    name = e.meter.string
    value = e.amount
  }

  private mutating func read(_ e: vox_ev_dtmf) {
    text = UnicodeScalar(e.digit).map(String.init) ?? ""
    value = UInt64(e.duration_ms)
  }

  private mutating func read(_ e: vox_ev_account) {
    state = Int(e.state)
    text = e.detail.string
    error = e.error.cls == 0 ? nil : ProviderError(e.error)
  }
}
