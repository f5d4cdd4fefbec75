// The messages of /v2/listen: turns that begin, grow, perhaps end, go on, and end.

public import Vox

/// Source: developers.deepgram.com, "Flux"; types of deepgram-sdk 7.17.
public struct FluxReader: ListenReader {
  public init() {}

  public mutating func read(_ text: String) throws(ProviderError) -> [ListenEvent] {
    let (type, json) = try JSONValue.message(text)
    switch type {
    case "Connected": return [.connected(requestID: json["request_id"]?.string ?? "")]
    case "TurnInfo": return turn(json)
    case "Warning", "ConfigureFailure": return [.warned(DeepgramError.said(json))]
    case "Error": return [.failed(json)]
    default: return []
    }
  }

  private func turn(_ json: JSONValue) -> [ListenEvent] {
    let words = (json["words"]?.array ?? [])
    let start = json["audio_window_start"]?.seconds ?? 0
    let end = max(json["audio_window_end"]?.seconds ?? 0, start)
    let transcript = Transcript(
      text: json["transcript"]?.string ?? "", start: start, end: end, confidence: Self.confidence(words),
      words: words.compactMap { HeardWord($0) }, language: json.language)
    let sure = json["end_of_turn_confidence"]?.double ?? 0
    switch json["event"]?.string {
    // The turn's window opens before its first word.
    case "StartOfTurn": return [.speechStarted(at: transcript.words.first?.start ?? start), .interim(transcript)]
    case "Update": return [.interim(transcript)]
    case "EagerEndOfTurn": return [.interim(transcript), .turnEnd(at: end, confidence: sure, isEager: true)]
    case "TurnResumed": return [.turnResumed(at: end), .interim(transcript)]
    case "EndOfTurn":
      return [
        .final(transcript, isFlushed: json["trigger"]?.string == "manual"), .turnEnd(at: end, confidence: sure, isEager: false),
      ]
    default: return []
    }
  }

  /// Flux tells the confidence of words only: the turn's is their mean.
  private static func confidence(_ words: [JSONValue]) -> Double? {
    let told = words.compactMap { $0["confidence"]?.double }
    return told.isEmpty ? nil : told.reduce(0, +) / Double(told.count)
  }
}
