// What comes back from the chain of voices.

import Base
import Loader
import PluginABI
import Speech
import Vox

extension Speaker: WorkRunOwner {
  /// Whoever serves is given up after this long with one piece, whatever it does.
  private static let sayLimitMs = 120_000

  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID? {
    guard let at = inFlight.firstIndex(where: { $0.run === run }) else { return nil }
    let (utterance, index) = (inFlight[at].utterance, inFlight[at].piece)
    // Who cannot wait for the rest of a piece is given what there is of it; the rest becomes the next one.
    if !session.traits.bool("text_grows") { endText(of: utterance, piece: index) }
    let piece = utterance.pieces[index]
    let style = style(session.traits.json)
    var given = GivenText(session, style)
    guard
      let op = given.begin(
        piece.text, isWhole: !piece.isGrowing, body: body(utterance, index, style), deadline: loop.now.advanced(byMs: Self.sayLimitMs))
    else { return nil }
    inFlight[at].given[ObjectIdentifier(session)] = given
    return op
  }

  /// Word times may come before the sound they belong to.
  func run(_ run: WorkRun, isOutput event: ProviderEvent) -> Bool {
    switch event.kind {
    case .ttsAudio: event.audio.map { $0.count > 0 } ?? false
    case .ttsWords: true
    default: false
    }
  }

  func run(_ run: WorkRun, wonBy session: ProviderSession) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    inFlight[index].unacknowledged = 0
    if index == 0 { sound(of: session) }
    // Whoever speaks now may be given the next piece.
    feed()
  }

  /// What is written from here on is this voice's.
  private func sound(of session: ProviderSession) {
    inFlight[0].utterance.provider = session.provider.name
    if voice.begin(session, voice: chain.voice(of: session)) { pace = Pace() }
  }

  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    inFlight[index].given[ObjectIdentifier(session)]?.goOn()
    switch event.kind {
    case .ttsAudio: if let audio = event.audio { take(audio, index) }
    case .ttsWords: if let words = event.words { take(words, index) }
    default: break
    }
  }

  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    inFlight[index].given[ObjectIdentifier(session)] = nil
    // What was to follow in the same voice is asked for again in its turn.
    let later = inFlight[(index + 1)...].map(\.run)
    inFlight.removeSubrange((index + 1)...)
    leaving += later.filter { !$0.isOver }
    if index == 0 { voice.end() }
    splice(index)
    // Only now: one that ends at once makes room for the next piece, and the splice has moved them.
    for run in later { run.cancel(.failover) }
  }

  /// A voice broke off: what was heard, or will be, ends with its last whole word, and the rest is a piece of its own.
  private func splice(_ index: Int) {
    inFlight[index].early = []
    inFlight[index].recording?.spoil()
    let item = inFlight[index]
    let utterance = item.utterance
    guard !utterance.isOver else { return }
    guard let start = utterance.pieces[item.piece].start else { return utterance.pieces[item.piece].words = [] }
    estimateWords(utterance, item.piece)
    let (said, rest) = utterance.pieces[item.piece].split(at: playout.end)
    playout.truncate(at: said?.end ?? start)
    guard var said else {
      utterance.pieces[item.piece] = rest
      return
    }
    said.end = playout.end
    said.isGrowing = false
    utterance.pieces[item.piece] = said
    guard !rest.text.isEmpty else {
      // The last word was there already; only the good-bye was missing.
      inFlight.remove(at: index)
      playout.boundary = playout.end
      takeBack(item.run, .failover)
      return goOnAfterPiece()
    }
    utterance.pieces.insert(rest, at: item.piece + 1)
    inFlight[index].piece += 1
    // Only now that every piece has its place: the line may take the rest of the word at once, and then the next piece is asked for.
    playout.boundary = playout.end
  }

  func run(_ run: WorkRun, finishedBy session: ProviderSession, result: JSONValue) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    inFlight[index].isDone = true
    if index == 0 { endPiece(inFlight.removeFirst()) }
  }

  /// The first piece may have been spoken before its turn.
  private func takeEarly() {
    guard let first = inFlight.first, !first.early.isEmpty else { return }
    inFlight[0].early = []
    if let session = first.run.winner { sound(of: session) }
    first.early.withUnsafeBufferPointer { write($0) }
    acknowledge()
  }

  func run(_ run: WorkRun, exhausted error: ProviderError) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    let item = inFlight.remove(at: index)
    // A text that every voice calls wrong is left out; the voices themselves are well.
    guard error.cls == .invalid || error.cls == .refused, !item.utterance.isOver else {
      owner?.speakerFailed(error)
      return
    }
    item.utterance.pieces.remove(at: item.piece)
    for later in inFlight.indices where inFlight[later].utterance === item.utterance && inFlight[later].piece > item.piece {
      inFlight[later].piece -= 1
    }
    goOnAfterPiece()
  }

  func runEnded(_ run: WorkRun) {
    guard let index = leaving.firstIndex(where: { $0 === run }) else { return }
    leaving.remove(at: index)
    feed()
  }

  private func take(_ audio: vox_audio, _ index: Int) {
    guard !inFlight[index].utterance.isOver else { return }
    let samples = UnsafeBufferPointer(start: audio.samples, count: Int(audio.count))
    inFlight[index].unacknowledged += samples.count
    guard index == 0 else { return inFlight[index].early += samples }
    write(samples)
    acknowledge()
  }

  /// Puts sound of the first piece on the track.
  private func write(_ samples: UnsafeBufferPointer<Int16>) {
    let item = inFlight[0]
    if item.utterance.pieces[item.piece].start == nil {
      item.utterance.pieces[item.piece].start = playout.end
      // Times that came before the sound were counted from the piece's start.
      shiftWords(item.utterance, item.piece, by: playout.end)
      if item.piece == 0 { owner?.speakerMark(.firstAudio, item.utterance, at: loop.now) }
      updateLimit()
    }
    voice.atLineRate(samples) { part in
      inFlight[0].recording?.append(part)
      voice.leveled(part) { playout.write($0) }
    }
  }

  /// Lets the provider send more as long as less than two seconds wait for the line.
  func acknowledge() {
    guard !inFlight.isEmpty else { return }
    updateHolds()
    guard hasRoom else { return }
    for index in inFlight.indices where inFlight[index].unacknowledged > 0 && inFlight[index].early.isEmpty {
      let run = inFlight[index].run
      if let session = run.winner, let op = run.winnerOp { session.consumed(op, samples: inFlight[index].unacknowledged) }
      inFlight[index].unacknowledged = 0
    }
  }

  private func take(_ words: vox_ev_words, _ index: Int) {
    let item = inFlight[index]
    guard let session = item.run.winner, let list = words.words else { return }
    let origin = item.utterance.pieces[item.piece].start ?? 0
    let textBytes = item.utterance.pieces[item.piece].text.utf8.count
    if item.utterance.pieces[item.piece].isEstimated {
      item.utterance.pieces[item.piece].words = []
      item.utterance.pieces[item.piece].isEstimated = false
    }
    for i in 0..<Int(words.nwords) {
      let word = list[i]
      let said = Int(word.text_at) + Int(word.text_len)
      let bytes = min(item.given[ObjectIdentifier(session)]?.written(for: said) ?? said, textBytes)
      guard word.end <= UInt64(session.outRate) * 600 else { continue }
      let end = origin + word.end * UInt64(playout.rate) / UInt64(max(session.outRate, 1))
      item.utterance.pieces[item.piece].words.append((end, bytes))
    }
  }

  private func shiftWords(_ utterance: Utterance, _ piece: Int, by origin: UInt64) {
    for i in utterance.pieces[piece].words.indices { utterance.pieces[piece].words[i].end += origin }
  }

  private func endPiece(_ item: InFlight) {
    guard !item.utterance.isOver else { return goOnAfterPiece() }
    let start = item.utterance.pieces[item.piece].start ?? playout.end
    item.utterance.pieces[item.piece].start = start
    item.utterance.pieces[item.piece].end = playout.end
    item.utterance.pieces[item.piece].isGrowing = false
    playout.boundary = playout.end
    voice.pieceEnded()
    pace.note(samples: playout.end - start, bytes: item.utterance.pieces[item.piece].text.utf8.count)
    estimateWords(item.utterance, item.piece)
    keep(item)
    goOnAfterPiece()
  }

  func goOnAfterPiece() {
    takeEarly()
    if inFlight.first?.isDone == true { return endPiece(inFlight.removeFirst()) }
    updateHolds()
    feed()
    settle()
  }
}
