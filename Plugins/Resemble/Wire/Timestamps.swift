// When which letter or phoneme sounds: as arrays in JSON, or as chunks of a WAV header.

public import Vox

/// The times of one synthesis, in seconds from its first sample.
public struct Timestamps: Hashable, Sendable {
  /// A letter (or more than one), with its start and end.
  public struct Mark: Hashable, Sendable {
    public let text: String
    public let start: Double
    public let end: Double

    public init(_ text: String, _ start: Double, _ end: Double) {
      self.text = text
      self.start = start
      self.end = end
    }
  }

  public var letters: [Mark] = []
  /// May be empty; newer models give none.
  public var phonemes: [Mark] = []

  public var isEmpty: Bool { letters.isEmpty && phonemes.isEmpty }

  /// Reads `{"graph_chars":[],"graph_times":[[start,end]],"phon_chars":[],"phon_times":[]}`; what does not fit together is left out.
  public init(_ json: JSONValue) {
    letters = Self.marks(json["graph_chars"], json["graph_times"])
    phonemes = Self.marks(json["phon_chars"], json["phon_times"])
  }

  private static func marks(_ texts: JSONValue?, _ times: JSONValue?) -> [Mark] {
    zip(texts?.array ?? [], times?.array ?? []).compactMap { text, time in
      guard let text = text.string, let time = time.array, time.count == 2, let start = time[0].double, let end = time[1].double,
        Self.isSane(start, end)
      else { return nil }
      return Mark(text, start, end)
    }
  }

  /// Reads the chunks `cue ` (positions) and `list` or `LIST` (lengths and texts) as resemble-node's StreamDecoder describes them.
  ///
  /// - Parameter rate: Hz of the positions.
  public init(chunks: [(name: String, bytes: [UInt8])], rate: Int) {
    guard rate > 0 else { return }
    let cues = chunks.first { $0.name == "cue " }.map { Self.cues($0.bytes) } ?? [:]
    for chunk in chunks where chunk.name.lowercased() == "list" { read(chunk.bytes, cues, Double(rate)) }
  }

  /// The sample at which each cue stands: `count`, then 24 bytes each, the sample offset at their end.
  private static func cues(_ bytes: [UInt8]) -> [UInt32: UInt32] {
    var found: [UInt32: UInt32] = [:]
    for at in stride(from: 4, through: bytes.count - 24, by: 24) {
      if let id = u32(bytes, at), let position = u32(bytes, at + 20) { found[id] = position }
    }
    return found
  }

  /// `adtl`, then `ltxt` chunks: cue, length in samples, purpose, four words of locale, text with a zero at its end.
  private mutating func read(_ bytes: [UInt8], _ cues: [UInt32: UInt32], _ rate: Double) {
    guard bytes.starts(with: Array("adtl".utf8)) else { return }
    var at = 4
    while let size = Self.u32(bytes, at + 4).map(Int.init), at + 8 + size <= bytes.count {
      let body = Array(bytes[(at + 8)..<(at + 8 + size)])
      let isLabel = bytes[at...].starts(with: Array("ltxt".utf8))
      at += 8 + size + size % 2
      guard isLabel, body.count >= 20, let id = Self.u32(body, 0), let length = Self.u32(body, 4), let cue = cues[id] else { continue }
      let start = Double(cue) / rate
      let mark = Mark(String(decoding: body[20...].prefix { $0 != 0 }, as: UTF8.self), start, start + Double(length) / rate)
      guard Self.isSane(mark.start, mark.end) else { continue }
      switch String(decoding: body[8..<12], as: UTF8.self) {
      case "grph": letters.append(mark)
      case "phon": phonemes.append(mark)
      default: break
      }
    }
  }

  /// A text of 3,000 characters lasts some minutes.
  private static func isSane(_ start: Double, _ end: Double) -> Bool { start >= 0 && end >= start && end < 3_600 }

  private static func u32(_ bytes: [UInt8], _ at: Int) -> UInt32? {
    guard at >= 0, at + 4 <= bytes.count else { return nil }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
  }
}
