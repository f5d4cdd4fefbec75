// The whole synthesis in one JSON object (`POST /synthesize`).

public import Vox

/// A success of the sync endpoint.
public struct SyncAnswer: Sendable {
  /// Base64 of a whole WAV file, or the name under which its bytes were kept.
  public let audio: String
  public let times: Timestamps
  /// What Resemble found odd about a text that it said all the same.
  public let issues: [String]

  /// - Throws: `bad_answer` for what is none; a failure that came with a good status as itself.
  public init(_ text: String) throws(ProviderError) {
    guard let json = try? JSONValue(parsing: text), json.object != nil else { throw ResembleError.unreadable("no JSON object") }
    if json["success"]?.bool == false { throw ResembleError.told(json) }
    guard let audio = json["audio_content"]?.string else { throw ResembleError.unreadable("no sound") }
    self.audio = audio
    times = Timestamps(json["audio_timestamps"] ?? .null)
    issues = (json["issues"]?.array ?? []).map { $0.string ?? $0.text }
  }
}
