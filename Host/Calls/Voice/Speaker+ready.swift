// Sound that is there already: recordings, and lines that a voice has spoken to another caller.

import Base
import Loader
import Speech
import Vox

extension Speaker {
  /// A piece whose sound is being put on the track, and what of it is not there yet.
  struct Tape {
    let utterance: Utterance
    let piece: Int
    var rest: ArraySlice<Int16>
  }

  /// A longer line is not kept.
  private static let maxKeptSeconds = 15

  // MARK: Playing

  func begin(_ sound: Utterance.ReadySound, _ utterance: Utterance, _ piece: Int) {
    utterance.provider = sound.provider
    utterance.pieces[piece].start = playout.end
    utterance.pieces[piece].words = sound.words.map { (playout.end + $0.end, $0.bytes) }
    voice.begin(readyOf: sound.voice.map { VoiceLevels.Voice(provider: sound.provider, voice: $0) })
    // Before the limit is told: what the line then takes asks for the next piece, and must not find this one again.
    tape = Tape(utterance: utterance, piece: piece, rest: sound.samples[...])
    if piece == 0 { updateLimit() }
    playTape()
  }

  /// Puts as much of it on the track as there is room for.
  func playTape() {
    // Writing brings this here again, once a frame has gone to the line.
    guard tape != nil, !isPlayingTape else { return }
    isPlayingTape = true
    defer { isPlayingTape = false }
    while cut.isEmpty, hasRoom, let playing = tape {
      guard !playing.utterance.isOver else { return tape = nil }
      let part = playing.rest.prefix(playout.rate)
      let isLast = part.count == playing.rest.count
      tape?.rest = playing.rest.dropFirst(part.count)
      if isLast {
        // Before the line can tell that it was heard.
        playing.utterance.pieces[playing.piece].end = playout.end + UInt64(part.count)
        estimateWords(playing.utterance, playing.piece)
      }
      part.withUnsafeBufferPointer { part in voice.leveled(part) { playout.write($0) } }
      guard isLast else { continue }
      tape = nil
      playout.boundary = playout.end
      voice.pieceEnded()
      settle()
    }
  }

  // MARK: Keeping

  /// The sound of a text as the voice that would serve now has spoken it before.
  func known(_ text: String, in utterance: Utterance) -> Utterance.ReadySound? {
    guard let sounds, utterance.isForEverybody, let session = chain.current,
      let sound = sounds.sound(key(text, session))
    else { return nil }
    return Utterance.ReadySound(
      samples: sound.samples, words: sound.words, provider: session.provider.name, voice: chain.voice(of: session))
  }

  func newRecording(of utterance: Utterance) -> Recording? {
    sounds != nil && utterance.isForEverybody ? Recording(maxSamples: playout.rate * Self.maxKeptSeconds) : nil
  }

  /// A piece was spoken to its end by one voice.
  func keep(_ item: InFlight) {
    guard let sounds, let session = item.run.winner, var recording = item.recording else { return }
    let piece = item.utterance.pieces[item.piece]
    let start = piece.start ?? 0
    if !piece.isEstimated {
      for word in piece.words where word.end >= start { recording.append(SpokenSound.Word(end: word.end - start, bytes: word.bytes)) }
    }
    guard let sound = recording.finish() else { return }
    sounds.store(sound, for: key(piece.text, session))
  }

  private func key(_ text: String, _ session: ProviderSession) -> SpokenSound.Key {
    SpokenSound.Key(
      text: text, style: style(session.traits.json), provider: session.provider.name, generation: UInt64(session.provider.number),
      settings: chain.settings(of: session).text,
      rate: playout.rate)
  }
}
