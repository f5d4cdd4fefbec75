// One thing the agent says, from its text to what the caller really heard of it.

import Base
import Journal
import Speech
import Vox

/// Text that is spoken in pieces. Positions are samples of the agent's voice track, counted from the start of the call.
final class Utterance {
  /// Sound that was made before, at the line's rate.
  struct ReadySound {
    let samples: [Int16]
    let words: [SpokenSound.Word]
    /// Who spoke it, and with which voice; a recording's loudness is its own.
    let provider: String
    let voice: String?
  }

  /// What a voice is asked for at once.
  struct Piece {
    var text: String
    /// More of its text is being written.
    var isGrowing = false
    /// Its sound, when no voice need be asked for it.
    var sound: ReadySound?
    /// Where its sound begins and ends on the track; the end is known when the voice has finished it.
    var start: UInt64?
    var end: UInt64?
    /// Ends of its words on the track, with how many bytes of `text` are said by then.
    var words: [(end: UInt64, bytes: Int)] = []
    /// The voice gave no times; these are worked out from the text.
    var isEstimated = false

    /// The words whose sound is there up to `end`, and the rest as a piece without sound; no first part when not one word is whole.
    func split(at end: UInt64) -> (said: Piece?, rest: Piece) {
      guard let last = words.last(where: { $0.end <= end }), last.bytes > 0 else {
        return (nil, Piece(text: text, isGrowing: isGrowing))
      }
      // A mark that follows the word belongs to it.
      let tail = text.utf8.dropFirst(last.bytes).prefix { Self.marks.contains($0) }
      let bytes = last.bytes + tail.count
      var said = Piece(text: String(decoding: text.utf8.prefix(bytes), as: UTF8.self))
      said.start = start
      said.end = last.end
      said.words = words.filter { $0.end <= end }
      said.isEstimated = isEstimated
      return (said, Piece(text: String(decoding: text.utf8.dropFirst(bytes), as: UTF8.self)[...].trimmed, isGrowing: isGrowing))
    }

    private static let marks = Set(",.;:!?)\"'".utf8)

    /// All its words are out at `position`: what follows is silence.
    func isSaid(by position: UInt64) -> Bool {
      guard let last = words.last, last.end <= position else { return false }
      return text.utf8.dropFirst(last.bytes).allSatisfy(Self.marks.contains)
    }

    /// Spreads its words over its sound in proportion to their length, where the voice has given no times.
    /// - Parameter length: samples of the whole piece, or about how many there will be.
    mutating func estimateWords(from start: UInt64, length: UInt64) {
      guard words.isEmpty || isEstimated else { return }
      words = []
      isEstimated = true
      let total = max(text.utf8.count, 1)
      for (i, byte) in text.utf8.enumerated() where byte == UInt8(ascii: " ") || i == total - 1 {
        let bytes = byte == UInt8(ascii: " ") ? i : i + 1
        words.append((start + length * UInt64(bytes) / UInt64(total), bytes))
      }
    }
  }

  let source: Fact.AgentSaid.Source
  let interruptible: Bool
  /// The turn it answers.
  let turn: Int
  var pieces: [Piece] = []
  /// No more text will come.
  var isWhole = false
  /// The caller took the turn; only what was played counts.
  private(set) var isCut = false
  private(set) var playedText = ""
  /// Runs when the last sample was played or the utterance was cut.
  var whenOver: (() -> Void)?
  /// May be played: false while the turn it answers is not committed yet.
  var isReleased = true
  /// Its first word may go on. Until that is known nothing of it may be played.
  var isGuess = false
  var firstPlayedAt: Instant?
  var isOver = false
  var provider = ""

  init(_ source: Fact.AgentSaid.Source, interruptible: Bool, turn: Int) {
    self.source = source
    self.interruptible = interruptible
    self.turn = turn
  }

  /// Everything it was to say.
  var fullText: String { pieces.map(\.text).joined(separator: " ") }
  /// What the chat context holds of it: what was played once it is over or cut, what it is going to say before.
  var contextText: String { isOver || isCut ? playedText : fullText }
  /// Some of it is still to be spoken by a voice.
  var needsVoice: Bool { !isWhole || pieces.contains { $0.end == nil && $0.sound == nil } }
  /// Its sound may be kept for the next caller: what is the same for everybody.
  var isForEverybody: Bool {
    switch source {
    case .disclosure, .greeting, .filler, .silencePrompt, .lastResort, .farewell: true
    case .reply, .question: false
    }
  }
  /// Every piece's sound has been made.
  var isSynthesised: Bool { isWhole && pieces.allSatisfy { $0.end != nil } }
  /// Where its sound ends, once all of it was made.
  var end: UInt64? { isSynthesised ? pieces.last?.end : nil }

  /// Takes the next text.
  /// - Returns: the piece that has grown; nil when a new one has begun, or there was nothing new.
  func append(_ part: SpeechChunker.Part) -> Int? {
    if !part.begins, let last = pieces.indices.last, pieces[last].isGrowing {
      pieces[last].text += part.text
      pieces[last].isGrowing = !part.ends
      return last
    }
    // A mark that was to follow a word is nothing by itself.
    guard part.begins || Speakable.hasWords(part.text) else { return nil }
    pieces.append(Piece(text: part.text[...].trimmed, isGrowing: !part.ends))
    return nil
  }

  /// The text whose words have been played entirely at `position`.
  func text(playedUntil position: UInt64) -> String {
    var said: [String] = []
    for piece in pieces {
      guard let start = piece.start, start < position else { break }
      if let end = piece.end, end <= position {
        said.append(piece.text)
        continue
      }
      let bytes = piece.words.last { $0.end <= position }?.bytes ?? 0
      if bytes > 0 { said.append(String(decoding: piece.text.utf8.prefix(bytes), as: UTF8.self)) }
      break
    }
    return said.joined(separator: " ")
  }

  /// The start of the word that was being played at `position`: the end of the last whole word before it. Where only silence is left of
  /// a piece, its end.
  func wordBoundary(before position: UInt64) -> UInt64 {
    var place = position
    for piece in pieces {
      guard let start = piece.start, start < position else { continue }
      guard let end = piece.end, end <= position || piece.isSaid(by: position) else {
        return piece.words.last { $0.end <= position }?.end ?? start
      }
      place = max(place, end)
    }
    return place
  }

  /// Ends it with what was heard.
  func close(playedUntil position: UInt64, cut: Bool) {
    guard !isOver else { return }
    playedText = text(playedUntil: position)
    isCut = cut
    isOver = true
    let done = whenOver
    whenOver = nil
    done?()
  }
}
