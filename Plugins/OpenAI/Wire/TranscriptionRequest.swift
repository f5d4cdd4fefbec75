// What is asked of a recogniser: the form of POST /audio/transcriptions, with the sound as a WAV file.

/// Source: platform.openai.com, "Create transcription"; RFC 7578 for the form.
public struct TranscriptionRequest: Sendable {
  public var model = ""
  /// `json`, `verbose_json` (with times, where the model has them) or `text`.
  public var format = "json"
  /// ISO 639-1; empty = whatever is spoken.
  public var language = ""
  public var prompt = ""
  public var keywords: [String] = []
  /// Further fields by name.
  public var extra: [String: String] = [:]

  /// It must not occur in the fields or the sound: 128 bits of chance.
  private static let boundary = "patchbay-5c0f61a9d27e48b3b1de4796f20a83c4"
  public static let contentType = "multipart/form-data; boundary=\(boundary)"

  public init() {}

  /// - Parameters:
  ///   - samples: 16-bit mono.
  ///   - rate: Hz.
  public func body(_ samples: [Int16], rate: Int) -> [UInt8] {
    var fields = [("model", model), ("response_format", format)]
    if !language.isEmpty { fields.append(("language", language)) }
    if !prompt.isEmpty { fields.append(("prompt", prompt)) }
    if format == "verbose_json" { fields.append(("timestamp_granularities[]", "word")) }
    fields += keywords.map { ("keywords[]", $0) }
    fields += extra.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    var body: [UInt8] = []
    body.reserveCapacity(samples.count * 2 + 2_048)
    for (name, value) in fields {
      body += "--\(Self.boundary)\r\ncontent-disposition: form-data; name=\"\(Self.quoted(name))\"\r\n\r\n\(value)\r\n".utf8
    }
    let file = "content-disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\ncontent-type: audio/wav"
    body += "--\(Self.boundary)\r\n\(file)\r\n\r\n".utf8
    body += Self.header(samples.count * 2, rate: rate)
    for sample in samples {
      body.append(UInt8(truncatingIfNeeded: sample))
      body.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    body += "\r\n--\(Self.boundary)--\r\n".utf8
    return body
  }

  /// RFC 7578, section 4.2, as browsers do it.
  private static func quoted(_ name: String) -> String {
    String(name.map { $0 == "\"" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" ? "_" : $0 })
  }

  /// The 44 bytes before mono 16-bit PCM.
  private static func header(_ bytes: Int, rate: Int) -> [UInt8] {
    func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    var header = Array("RIFF".utf8) + four(36 + bytes) + Array("WAVEfmt ".utf8) + four(16)
    header += [1, 0, 1, 0] + four(rate) + four(rate * 2) + [2, 0, 16, 0]
    return header + Array("data".utf8) + four(bytes)
  }
}
