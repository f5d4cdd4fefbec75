// The agent's voice: what is said, in order, from its text to what was heard of it.

import Base
import Journal
import Loader
import PluginABI
import Sound
import Speech
import Vox

/// Who is told what the agent's voice does.
protocol SpeakerOwner: AnyObject {
  /// The first sample of an utterance went to the line.
  func speaker(_ utterance: Utterance, firstPlayedAt now: Instant)
  /// An utterance is over: played to its end, or cut.
  func speakerFinished(_ utterance: Utterance)
  /// Nothing is left to say.
  func speakerFellSilent()
  /// The line has fallen silent because of `pause`.
  func speakerPaused(at now: Instant)
  /// No voice is left.
  func speakerFailed(_ error: ProviderError)
  /// A mark of the turn's waterfall was reached.
  func speakerMark(_ mark: Speaker.Mark, _ utterance: Utterance, at now: Instant)
}

/// Speaks utterances one after the other.
final class Speaker {
  enum Mark { case firstPieceGiven, firstAudio }

  let loop: CallLoop
  let chain: RoleChain
  let playout: Playout
  weak var owner: (any SpeakerOwner)?
  /// How a voice of such traits is given its texts.
  let style: (JSONValue) -> SpeechStyle
  /// Lines that were said before; nil keeps none.
  let sounds: AudioCache?
  /// Whose sound is on the track.
  let voice: VoiceSound
  /// How long this voice speaks per byte of text, learned from what it has said.
  var pace = Pace()
  /// What is being said and what waits to be.
  var queue: [Utterance] = []
  /// What the caller has cut; how much of it was heard is known when the line has stopped. Until then nothing new is made.
  var cut: [Utterance] = []
  /// What the voices have under way, in the order of its sound.
  var inFlight: [InFlight] = []
  /// Pieces that were taken back and whose op has not ended: a voice with one op at a time takes no other until then.
  var leaving: [WorkRun] = []
  var tape: Tape?
  var isPlayingTape = false
  var pausedAt: UInt64?
  /// What is to happen once the line has said how far it played.
  enum Wish { case hold, resume, drop, forget }
  var wish = Wish.hold

  init(
    loop: CallLoop, chain: RoleChain, playout: Playout, style: @escaping (JSONValue) -> SpeechStyle, leveller: Leveller?,
    sounds: AudioCache?
  ) {
    self.style = style
    self.sounds = sounds
    self.loop = loop
    self.chain = chain
    self.playout = playout
    voice = VoiceSound(rate: playout.rate, leveller: leveller)
    playout.owner = self
  }

  /// Opens the voice's session, so that it is ready for the first word.
  func open() { chain.warm() }

  var isSpeaking: Bool { !queue.isEmpty }
  /// Something waits for a voice to speak it.
  var isWaitingForVoice: Bool { queue.contains(where: \.needsVoice) }
  /// Something that answers the turn is being said or waits to be.
  func isAnswering(_ turn: Int) -> Bool { queue.contains { $0.turn == turn && ($0.source == .reply || $0.source == .question) } }
  /// A filler waits to be heard or is being heard.
  var hasFiller: Bool { queue.contains { $0.source == .filler } }
  /// The utterance that is on the line or next to be.
  var current: Utterance? { queue.first }

  // MARK: Saying

  /// Says a whole text.
  @discardableResult
  func say(_ text: String, _ source: Fact.AgentSaid.Source, interruptible: Bool = true, turn: Int, then: (() -> Void)? = nil)
    -> Utterance
  {
    let utterance = Utterance(source, interruptible: interruptible, turn: turn)
    utterance.whenOver = then
    var chunker = newChunker(grows: false)
    let pieces = (chunker.append(text) + [chunker.finish()].compactMap { $0 }).map(\.text)
    // A filler is heard before the answer it fills the time for.
    if source == .filler, let answer = queue.firstIndex(where: { !$0.isWhole && $0.pieces.isEmpty }) {
      queue.insert(utterance, at: answer)
    } else {
      queue.append(utterance)
    }
    utterance.pieces = pieces.map { Utterance.Piece(text: $0, sound: known($0, in: utterance)) }
    utterance.isWhole = true
    feed()
    settle()
    return utterance
  }

  /// Says a line that was made ahead.
  @discardableResult
  func say(_ recorded: Recorded, _ source: Fact.AgentSaid.Source, interruptible: Bool = true, turn: Int) -> Utterance {
    let utterance = Utterance(source, interruptible: interruptible, turn: turn)
    utterance.pieces = [
      Utterance.Piece(
        text: recorded.text, sound: Utterance.ReadySound(samples: recorded.samples, words: [], provider: "recording", voice: nil))
    ]
    utterance.isWhole = true
    queue.append(utterance)
    feed()
    settle()
    return utterance
  }

  /// Everything that waits for a voice is given up; what of it was heard counts. The owner is not told that silence follows.
  ///
  /// The line is stopped, although it could play what it was given: the caller may speak over it the next moment, and then nobody
  /// would know any more how much of it was heard.
  func abandon() {
    // Before the work is taken back: what ends at once makes room, and nothing of this is to be asked for again.
    cut += queue
    queue = []
    takeBack(.failover) { _ in true }
    wish = .forget
    if let pausedAt { dropCut(at: pausedAt) } else if !playout.isPaused { playout.pause() }
  }

  /// Cuts text into pieces that this voice takes.
  /// Figures take more room as words: a voice that cannot read them gets half of its room in writing.
  /// - Parameter grows: the text is still being written.
  func newChunker(grows: Bool) -> SpeechChunker {
    let traits = chain.current?.traits
    let room = traits?.int("text_max_bytes") ?? 800
    return SpeechChunker(maxBytes: min(traits?.bool("normalises_text") == true ? room : room / 2, 400), grows: grows && takesGrowingText)
  }

  /// Whoever serves now speaks a text while it is being written.
  var takesGrowingText: Bool { chain.current?.traits.bool("text_grows") == true }

  /// Begins an utterance whose text comes piece by piece.
  func begin(_ source: Fact.AgentSaid.Source, turn: Int, released: Bool) -> Utterance {
    let utterance = Utterance(source, interruptible: true, turn: turn)
    utterance.isReleased = released
    queue.append(utterance)
    return utterance
  }

  func append(_ utterance: Utterance, _ part: SpeechChunker.Part) {
    guard !utterance.isOver else { return }
    if part.begins { endText(of: utterance) }
    if let piece = utterance.append(part) { grow(utterance, piece, part.text) }
    feed()
  }

  /// The piece that is being written ends where it is.
  func endText(of utterance: Utterance, piece: Int? = nil) {
    guard let piece = piece ?? utterance.pieces.indices.last, utterance.pieces[piece].isGrowing else { return }
    utterance.pieces[piece].isGrowing = false
    grow(utterance, piece, "")
  }

  /// A guess is made into sound, but nobody hears it before it is none any more.
  func note(_ utterance: Utterance, isGuess: Bool) {
    guard utterance.isGuess != isGuess else { return }
    utterance.isGuess = isGuess
    updateLimit()
  }

  /// Whoever writes the text broke off, or goes on otherwise than was thought. The piece in the making is taken back when nothing of it went
  /// to the line: whoever writes next may begin it in other words. Otherwise it ends where it is.
  /// - Returns: the text that was taken back, the end of what was given; empty when nothing was.
  func breakOff(_ utterance: Utterance, _ reason: Reason) -> String {
    defer { note(utterance, isGuess: false) }
    guard !utterance.isOver, let index = utterance.pieces.indices.last, utterance.pieces[index].isGrowing || utterance.isGuess else {
      return ""
    }
    guard utterance.pieces[index].start ?? .max >= playout.next else {
      endText(of: utterance)
      return ""
    }
    // Before the work is taken back, as in `abandon`.
    let piece = utterance.pieces.removeLast()
    if let start = piece.start { playout.truncate(at: start) }
    takeBack(reason) { $0.utterance === utterance && $0.piece == index }
    updateLimit()
    goOnAfterPiece()
    return piece.text
  }

  /// No more text will come for the utterance.
  func finish(_ utterance: Utterance) {
    guard !utterance.isOver else { return }
    // Nobody has said that it is whole.
    if utterance.isGuess { _ = breakOff(utterance, .superseded) }
    endText(of: utterance)
    utterance.isWhole = true
    settle()
  }

  /// The turn is committed: the utterance may be heard.
  func release(_ utterance: Utterance) {
    utterance.isReleased = true
    updateLimit()
    settle()
  }

  /// Takes back an utterance that was never heard.
  func withdraw(_ utterance: Utterance) {
    guard let index = queue.firstIndex(where: { $0 === utterance }) else { return }
    // Before the work is taken back, as in `abandon`.
    queue.remove(at: index)
    if let start = utterance.pieces.first?.start { playout.truncate(at: start) }
    takeBack(.bargeIn) { $0.utterance === utterance }
    utterance.close(playedUntil: 0, cut: true)
    updateLimit()
    goOnAfterPiece()
  }

  func updateLimit() {
    let held = queue.first { !$0.isReleased || $0.isGuess }
    playout.limit = held.map { $0.pieces.first?.start ?? playout.end } ?? .max
  }

  /// Tells the playout whether more will come, and closes what is over.
  func settle() {
    let more = queue.contains { !$0.isSynthesised || !$0.isReleased }
    if playout.isFinal == more { playout.isFinal = !more }
    // What has no sound at all (an empty answer) is over as soon as it is its turn.
    while let first = queue.first, first.isReleased, first.isSynthesised, first.pieces.isEmpty {
      finishFirst(at: playout.next, cut: false)
      if queue.isEmpty, !playout.isActive { owner?.speakerFellSilent() }
    }
  }

  /// Gives a piece words where its voice gave none.
  func estimateWords(_ utterance: Utterance, _ index: Int) {
    let piece = utterance.pieces[index]
    let start = piece.start ?? playout.end
    let length = piece.end.map { $0 - start } ?? pace.samples(bytes: max(piece.text.utf8.count, 1), rate: playout.rate)
    utterance.pieces[index].estimateWords(from: start, length: length)
  }

  func finishFirst(at position: UInt64, cut: Bool) {
    let utterance = queue.removeFirst()
    utterance.close(playedUntil: position, cut: cut)
    owner?.speakerFinished(utterance)
  }

  func close(_ reason: Reason) {
    let rest = cut + queue
    cut = []
    queue = []
    let reached = playout.reached
    estimateMissingWords(rest)
    for utterance in rest {
      utterance.close(playedUntil: reached, cut: true)
      owner?.speakerFinished(utterance)
    }
    inFlight = []
    chain.close(reason)
  }
}
