// The moments of one turn, from the caller's last sound to the agent's first.

import Base
import Journal

/// Stamps of the host's own clock; becomes the turn's waterfall.
struct CallMarks {
  var callerStopped: Instant?
  var endpoint: Instant?
  var finalTranscript: Instant?
  var asked: Instant?
  var firstToken: Instant?
  /// When the text arrived that completed the first piece.
  var pieceText: Instant?
  var firstPiece: Instant?
  var firstAudio: Instant?
  var firstSample: Instant?

  /// The answer these moments belong to was taken back.
  mutating func forgetAnswer() {
    (asked, firstToken, pieceText, firstPiece) = (nil, nil, nil, nil)
    (firstAudio, firstSample) = (nil, nil)
  }

  /// The waterfall in call time; `answered` is the call's zero.
  func waterfall(since answered: Instant) -> Waterfall {
    func ms(_ at: Instant?) -> Double? { at.map { $0.ms(since: answered) } }
    return Waterfall(
      callerStoppedMs: ms(callerStopped ?? endpoint) ?? 0, endpointMs: ms(endpoint), finalTranscriptMs: ms(finalTranscript),
      firstTokenMs: ms(firstToken), firstPieceMs: ms(firstPiece), firstAudioMs: ms(firstAudio), firstSampleMs: ms(firstSample),
      hostMs: hostMs)
  }

  /// What the host itself added: from the decision to the question, from the first whole piece to the voice, from the first
  /// sound to the line. Where the answer was begun before the decision, the first of these is nothing.
  private var hostMs: Double {
    func gap(_ from: Instant?, _ to: Instant?) -> Double {
      guard let from, let to else { return 0 }
      return max(to.ms(since: from), 0)
    }
    return gap(endpoint, asked) + gap(pieceText, firstPiece)
      + gap(max(firstAudio ?? Instant(ns: 0), endpoint ?? Instant(ns: 0)), firstSample)
  }
}
