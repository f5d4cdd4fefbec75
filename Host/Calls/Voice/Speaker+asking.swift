// What the chain of voices is asked to speak, piece by piece.

import Base
import Loader
import PluginABI
import Speech
import Vox

extension Speaker {
  /// A piece that a voice is speaking.
  struct InFlight {
    let run: WorkRun
    let utterance: Utterance
    var piece: Int
    /// Samples at the voice's rate that were taken but not yet acknowledged, to hold it back.
    var unacknowledged = 0
    /// The voice is not waited for: the line is full, or another piece comes first.
    var isHeld = false
    /// Sound that came before its turn, because another voice speaks it than the piece before. What is not acknowledged bounds it.
    var early: [Int16] = []
    /// The voice is done with it, before its turn.
    var isDone = false
    /// What each voice that was asked for the piece has of it.
    var given: [ObjectIdentifier: GivenText] = [:]
    /// Its sound, for the next caller.
    var recording: Recording?
  }

  /// The piece being spoken and the next one: the second hides the voice's first-byte time.
  private static let maxInFlight = 2
  /// While this much waits for the line, the voice is asked for no more: what it is making already comes on top.
  private static let aheadSeconds = 2
  /// Puts what is there on the track, and asks for what comes after it.
  func feed() {
    playTape()
    // Whoever is asked for a piece may be the last to fail, and then everything that was being said is cut.
    while cut.isEmpty, hasRoom, let (utterance, index) = nextPiece() {
      if let sound = utterance.pieces[index].sound {
        // In its turn: what is being made comes first.
        guard inFlight.isEmpty else { return }
        begin(sound, utterance, index)
        continue
      }
      guard mayBeginAnother else { return }
      let text = utterance.pieces[index].text
      let run = WorkRun(chain.work(thousandths: text.utf8.count), name: "say", turn: utterance.turn, over: chain, owner: self)
      inFlight.append(InFlight(run: run, utterance: utterance, piece: index, recording: newRecording(of: utterance)))
      run.begin()
      // From here on it is the provider that is waited for, its connection included.
      if index == 0 { owner?.speakerMark(.firstPieceGiven, utterance, at: loop.now) }
      updateHolds()
    }
  }

  /// The next piece is asked for while one sounds, of whoever speaks it: that hides the first-byte time.
  private var mayBeginAnother: Bool {
    if inFlight.isEmpty, leaving.isEmpty { return true }
    guard let speaking = inFlight.first.map(\.run.winner) ?? voice.session, speaking.isUsable else { return false }
    // A voice that speaks one piece at a time says so (trait `ops`), and refuses a second.
    guard inFlight.count + leaving.count < min(Self.maxInFlight, max(speaking.traits.int("ops") ?? 1, 1)) else { return false }
    // Whoever is on probation has to finish one piece first; with nobody else left, all voices would seem lost.
    return chain.admitsMore(speaking)
  }

  /// A piece has more text, or no more will come.
  func grow(_ utterance: Utterance, _ piece: Int, _ text: String) {
    guard let index = inFlight.firstIndex(where: { $0.utterance === utterance && $0.piece == piece }) else { return }
    for session in inFlight[index].given.keys { inFlight[index].given[session]?.append(text, isWhole: !utterance.pieces[piece].isGrowing) }
    updateHolds()
  }

  /// Deadlines run only for the piece whose turn it is, once its text is whole, and only while its sound would be taken.
  func updateHolds() {
    guard !inFlight.isEmpty else { return }
    let hasRoom = hasRoom
    for index in inFlight.indices {
      let isHeld = index > 0 || !hasRoom || inFlight[index].utterance.pieces[inFlight[index].piece].isGrowing
      guard inFlight[index].isHeld != isHeld else { continue }
      inFlight[index].isHeld = isHeld
      inFlight[index].run.hold(isHeld)
    }
  }

  var hasRoom: Bool { playout.waiting < playout.rate * Self.aheadSeconds }

  func body(_ utterance: Utterance, _ index: Int, _ style: SpeechStyle) -> String {
    var members: [String: JSONValue] = ["more": .bool(!utterance.isWhole || index + 1 < utterance.pieces.count)]
    if index > 0 { members["previous"] = .string(utterance.pieces[index - 1].text) }
    if style.ssml == .read { members["ssml"] = true }
    return JSONValue.object(members).text
  }

  private func nextPiece() -> (Utterance, Int)? {
    // Nothing is said over what is being played.
    guard tape == nil else { return nil }
    for utterance in queue where !utterance.isOver {
      for index in utterance.pieces.indices where utterance.pieces[index].end == nil {
        guard !inFlight.contains(where: { $0.utterance === utterance && $0.piece == index }) else { continue }
        return utterance.pieces[index].isGrowing && !takesGrowingText ? nil : (utterance, index)
      }
      // An utterance that may still grow keeps its place: the next one must not be spoken before it.
      if !utterance.isWhole { return nil }
    }
    return nil
  }
}
