// The messages of /v1/listen: results, speech and utterance marks, the count at the end.

public import Vox

/// Source: developers.deepgram.com, "Live Audio", "Endpointing", "Utterance End", "Interim Results"; types of deepgram-sdk 7.17.
public struct NovaReader: ListenReader {
  /// Which of the vendor's marks is taken for the end of a turn.
  public enum TurnEnd: String, Sendable, CaseIterable {
    /// None: pauses are no turn ends, and the host judges them better.
    case none
    /// A pause of the endpointing time; UtteranceEnd where noise has hidden the pause.
    case speechFinal = "speech_final"
    /// No new word for the time of utterance_end_ms.
    case utteranceEnd = "utterance_end"
  }

  private let turnEnd: TurnEnd
  /// Words were settled that belong to no ended turn.
  private var hasWords = false
  /// Ends of the newest word that is settled, of the newest that is heard, and of the last turn; seconds.
  private var settledWord = 0.0
  private var newestWord = 0.0
  private var turnEndedAt = -1.0

  public init(turnEnd: TurnEnd) { self.turnEnd = turnEnd }

  public mutating func read(_ text: String) throws(ProviderError) -> [ListenEvent] {
    let (type, json) = try JSONValue.message(text)
    switch type {
    case "Results": return results(json)
    case "SpeechStarted": return [.speechStarted(at: json["timestamp"]?.seconds ?? 0)]
    case "UtteranceEnd": return utteranceEnd(json["last_word_end"]?.seconds)
    case "Metadata": return json["duration"]?.seconds.map { [.counted(seconds: $0)] } ?? []
    case "Error", "ConfigureFailure": return [.warned(DeepgramError.said(json))]
    default: return []
    }
  }

  private mutating func results(_ json: JSONValue) -> [ListenEvent] {
    let start = json["start"]?.seconds ?? 0
    let heard = json["channel"]?["alternatives"]?.array?.first ?? .null
    let transcript = Transcript(
      text: heard["transcript"]?.string ?? "", start: start, end: start + (json["duration"]?.seconds ?? 0),
      confidence: heard["confidence"]?.double, words: (heard["words"]?.array ?? []).compactMap { HeardWord($0) },
      language: heard.language)
    // A guess takes the place of the guess before it, which may have heard a word too many.
    newestWord = max(settledWord, transcript.words.last?.end ?? 0)
    guard json["is_final"]?.bool == true else { return [.interim(transcript)] }
    settledWord = newestWord
    if !transcript.text.isEmpty { hasWords = true }
    let final = ListenEvent.final(transcript, isFlushed: json["from_finalize"]?.bool == true)
    guard json["speech_final"]?.bool == true, turnEnd == .speechFinal, hasWords else { return [final] }
    return [final] + end(at: transcript.end)
  }

  /// It may come late: for words whose turn has ended already, or while newer ones are being spoken.
  private mutating func utteranceEnd(_ lastWordEnd: Double?) -> [ListenEvent] {
    guard turnEnd != .none, hasWords, let lastWordEnd, lastWordEnd > turnEndedAt, lastWordEnd >= newestWord else { return [] }
    return end(at: lastWordEnd)
  }

  private mutating func end(at seconds: Double) -> [ListenEvent] {
    hasWords = false
    turnEndedAt = seconds
    return [.turnEnd(at: seconds, confidence: 0, isEager: false)]
  }
}

extension HeardWord {
  /// A word item of a result; nil without times, which Flux may leave out.
  init?(_ json: JSONValue) {
    guard let text = json["punctuated_word"]?.string ?? json["word"]?.string, let start = json["start"]?.seconds,
      let end = json["end"]?.seconds, end >= start
    else { return nil }
    self.init(text: text, start: start, end: end, confidence: json["confidence"]?.double, speaker: json["speaker"]?.int)
  }
}
