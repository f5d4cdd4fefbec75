// The agent's voice: utterances in order, through the chain of voices, onto the playout.

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
final class Speaker: WorkRunOwner, PlayoutOwner {
  enum Mark { case firstPieceGiven, firstAudio }

  /// The piece being spoken and the next one: the second hides the voice's first-byte time.
  private static let maxInFlight = 2
  /// While this much waits for the line, the voice is asked for no more: what it is making already comes on top.
  private static let aheadSeconds = 2
  /// Whoever serves is given up after this long with one piece, whatever it does.
  private static let sayLimitMs = 120_000

  private struct InFlight {
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
    /// What each voice was given for the piece: another voice may read figures and tags otherwise.
    var spoken: [ObjectIdentifier: Spoken] = [:]
  }

  private let loop: CallLoop
  private let chain: RoleChain
  let playout: Playout
  weak var owner: (any SpeakerOwner)?
  /// The session whose sound is on the track, and what makes the line's rate of it.
  private var voice: ProviderSession?
  private var resampler: Resampler?
  private var resampled: UnsafeMutableBufferPointer<Int16>
  private let leveller: Leveller?
  private let language: String
  /// How long this voice speaks per byte of text, learned from what it has said.
  private var pace = Pace()
  private var queue: [Utterance] = []
  /// What the caller has cut; how much of it was heard is known when the line has stopped. Until then nothing new is made.
  private var cut: [Utterance] = []
  private var inFlight: [InFlight] = []
  /// A recorded line that is being played, and what of it is not on the track yet.
  private var tape: (utterance: Utterance, rest: ArraySlice<Int16>)?
  /// Pieces that were taken back and whose op has not ended: a voice with one op at a time takes no other until then.
  private var leaving: [WorkRun] = []
  private var pausedAt: UInt64?
  /// What is to happen once the line has said how far it played.
  private enum Wish { case hold, resume, drop, forget }
  private var wish = Wish.hold

  init(loop: CallLoop, chain: RoleChain, playout: Playout, language: String, leveller: Leveller?) {
    self.language = language
    self.leveller = leveller
    self.loop = loop
    self.chain = chain
    self.playout = playout
    // 200 ms at the line's rate, the most one event may bring, and what the filter holds back.
    resampled = .allocate(capacity: playout.rate / 5 + 1024)
    playout.owner = self
  }

  deinit { resampled.deallocate() }

  /// Opens the voice's session, so that it is ready for the first word.
  func open() { chain.warm() }

  var isSpeaking: Bool { !queue.isEmpty }
  /// Something waits for a voice to speak it.
  var isWaitingForVoice: Bool { queue.contains { !$0.isSynthesised && $0 !== tape?.utterance } }
  /// Something that answers the turn is being said or waits to be.
  func isAnswering(_ turn: Int) -> Bool { queue.contains { $0.turn == turn && ($0.source == .reply || $0.source == .question) } }
  /// A filler waits to be heard or is being heard.
  var hasFiller: Bool { queue.contains { $0.source == .filler } }
  /// The utterance that is on the line or next to be.
  var current: Utterance? { queue.first }
  /// Legal text is on the line or waits to be: the caller cannot interrupt now.
  var isInterruptible: Bool { queue.first?.interruptible ?? true }

  // MARK: Saying

  /// Says a whole text.
  @discardableResult
  func say(_ text: String, _ source: Fact.AgentSaid.Source, interruptible: Bool = true, turn: Int, then: (() -> Void)? = nil)
    -> Utterance
  {
    let utterance = Utterance(source, interruptible: interruptible, turn: turn)
    utterance.whenOver = then
    var chunker = newChunker
    let pieces = chunker.append(text) + [chunker.finish()].compactMap { $0 }
    // A filler is heard before the answer it fills the time for.
    if source == .filler, let answer = queue.firstIndex(where: { !$0.isWhole && $0.pieces.isEmpty }) {
      queue.insert(utterance, at: answer)
    } else {
      queue.append(utterance)
    }
    for piece in pieces { append(utterance, piece) }
    finish(utterance)
    return utterance
  }

  /// Plays a line that was made ahead.
  @discardableResult
  func say(_ recorded: Recorded, _ source: Fact.AgentSaid.Source, interruptible: Bool = true, turn: Int) -> Utterance {
    let utterance = Utterance(source, interruptible: interruptible, turn: turn)
    utterance.provider = "recording"
    utterance.pieces = [Utterance.Piece(text: recorded.text)]
    utterance.isWhole = true
    queue.append(utterance)
    tape = (utterance, recorded.samples[...])
    playTape()
    return utterance
  }

  /// Puts as much of a recorded line on the track as it has room for.
  private func playTape() {
    // In its turn: what is being made for an utterance before it comes first.
    while cut.isEmpty, let (utterance, rest) = tape, hasRoom, queue.first(where: { !$0.isSynthesised }) === utterance {
      guard !utterance.isOver else { return tape = nil }
      if utterance.pieces[0].start == nil { utterance.pieces[0].start = playout.end }
      let part = rest.prefix(playout.rate)
      let isLast = part.count == rest.count
      // Noted first: writing brings this here again, once a frame has gone to the line.
      tape = isLast ? nil : (utterance, rest.dropFirst(part.count))
      if isLast {
        // Before it is written, or a voice would be asked for the piece as well.
        utterance.pieces[0].end = playout.end + UInt64(part.count)
        estimateWords(utterance, 0)
      }
      part.withUnsafeBufferPointer { playout.write($0) }
      guard isLast else { continue }
      playout.boundary = playout.end
      settle()
    }
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
  var newChunker: SpeechChunker {
    let traits = chain.current?.traits
    let room = traits?.int("text_max_bytes") ?? 800
    return SpeechChunker(maxBytes: min(traits?.bool("normalises_text") == true ? room : room / 2, 400))
  }

  /// Begins an utterance whose text comes piece by piece.
  func begin(_ source: Fact.AgentSaid.Source, turn: Int, released: Bool) -> Utterance {
    let utterance = Utterance(source, interruptible: true, turn: turn)
    utterance.isReleased = released
    queue.append(utterance)
    return utterance
  }

  func append(_ utterance: Utterance, _ text: String) {
    guard !utterance.isOver else { return }
    utterance.pieces.append(Utterance.Piece(text: text))
    feed()
  }

  /// No more text will come for the utterance.
  func finish(_ utterance: Utterance) {
    guard !utterance.isOver else { return }
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
    takeBack(.bargeIn) { $0 === utterance }
    utterance.close(playedUntil: 0, cut: true)
    updateLimit()
    goOnAfterPiece()
  }

  private func updateLimit() {
    let held = queue.first { !$0.isReleased }
    playout.limit = held.map { $0.pieces.first?.start ?? playout.end } ?? .max
  }

  // MARK: Feeding the voice

  private func feed() {
    guard cut.isEmpty else { return }
    while hasRoom, let (utterance, index) = nextPiece(), mayBeginAnother {
      let text = utterance.pieces[index].text
      let run = WorkRun(chain.work(thousandths: text.utf8.count), name: "say", turn: utterance.turn, over: chain, owner: self)
      inFlight.append(InFlight(run: run, utterance: utterance, piece: index))
      run.begin()
      // From here on it is the provider that is waited for, its connection included.
      if index == 0 { owner?.speakerMark(.firstPieceGiven, utterance, at: loop.now) }
      if inFlight.count > 1 { updateHolds() }
    }
  }

  /// The next piece is asked for while one sounds, of whoever speaks it: that hides the first-byte time.
  private var mayBeginAnother: Bool {
    if inFlight.isEmpty, leaving.isEmpty { return true }
    guard let voice = inFlight.first.map(\.run.winner) ?? self.voice, voice.isUsable else { return false }
    // A voice that speaks one piece at a time says so (trait `ops`), and refuses a second.
    guard inFlight.count + leaving.count < min(Self.maxInFlight, max(voice.traits.int("ops") ?? 1, 1)) else { return false }
    // Whoever is on probation has to finish one piece first; with nobody else left, all voices would seem lost.
    return chain.admitsMore(voice)
  }

  /// Deadlines run only for the piece whose turn it is, and only while its sound would be taken.
  private func updateHolds() {
    for index in inFlight.indices {
      let isHeld = index > 0 || !hasRoom
      guard inFlight[index].isHeld != isHeld else { continue }
      inFlight[index].isHeld = isHeld
      inFlight[index].run.hold(isHeld)
    }
  }

  private var hasRoom: Bool { playout.waiting < playout.rate * Self.aheadSeconds }

  private func body(_ utterance: Utterance, _ index: Int) -> String {
    var members: [String: JSONValue] = ["more": .bool(!utterance.isWhole || index + 1 < utterance.pieces.count)]
    if index > 0 { members["previous"] = .string(utterance.pieces[index - 1].text) }
    return JSONValue.object(members).text
  }

  private func nextPiece() -> (Utterance, Int)? {
    for utterance in queue where !utterance.isOver {
      // What is played from a recording needs no voice, and nothing is said over it.
      if utterance === tape?.utterance { return nil }
      for index in utterance.pieces.indices where utterance.pieces[index].end == nil {
        if !inFlight.contains(where: { $0.utterance === utterance && $0.piece == index }) { return (utterance, index) }
      }
      // An utterance that may still grow keeps its place: the next one must not be spoken before it.
      if !utterance.isWhole { return nil }
    }
    return nil
  }

  // MARK: From the voices

  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID? {
    guard let at = inFlight.firstIndex(where: { $0.run === run }) else { return nil }
    let (utterance, index) = (inFlight[at].utterance, inFlight[at].piece)
    let text = utterance.pieces[index].text
    let spoken = Speakable.spoken(text, SpeechStyle(language: language, traits: session.traits.json))
    // A piece of nothing but signs is left to the voice as it is.
    if !spoken.text.isEmpty { inFlight[at].spoken[ObjectIdentifier(session)] = spoken }
    return session.start(
      OpKind.say, text: spoken.text.isEmpty ? text : spoken.text, body: body(utterance, index),
      deadline: loop.now.advanced(byMs: Self.sayLimitMs))
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
    if session !== voice { become(session) }
  }

  /// Another voice: what it sends is at another rate, and takes another time.
  private func become(_ session: ProviderSession) {
    voice = session
    leveller?.begin(VoiceLevels.Voice(provider: session.provider.name, voice: chain.voice(of: session)))
    pace = Pace()
    resampler = nil
    guard session.outRate != playout.rate else { return }
    resampler = try? Resampler(from: UInt32(session.outRate), to: UInt32(playout.rate))
    resampled.deallocate()
    resampled = .allocate(capacity: (resampler?.maxOutput(for: session.outRate / 5) ?? 0) + 1024)
  }

  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    switch event.kind {
    case .ttsAudio: if let audio = event.audio { take(audio, index) }
    case .ttsWords: if let words = event.words { take(words, index) }
    default: break
    }
  }

  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError) {
    guard let index = inFlight.firstIndex(where: { $0.run === run }) else { return }
    // What was to follow in the same voice is asked for again in its turn.
    let later = inFlight[(index + 1)...].map(\.run)
    inFlight.removeSubrange((index + 1)...)
    leaving += later.filter { !$0.isOver }
    if index == 0 { voice = nil }
    splice(index)
    // Only now: one that ends at once makes room for the next piece, and the splice has moved them.
    for run in later { run.cancel(.failover) }
  }

  /// A voice broke off: what was heard, or will be, ends with its last whole word, and the rest is a piece of its own.
  private func splice(_ index: Int) {
    inFlight[index].early = []
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
    if let resampler {
      var rest = samples
      while !rest.isEmpty {
        let (consumed, produced) = resampler.process(rest, into: resampled)
        if produced > 0 { put(UnsafeBufferPointer(rebasing: resampled[0..<produced])) }
        if consumed == 0 { break }
        rest = UnsafeBufferPointer(rebasing: rest[consumed...])
      }
    } else {
      put(samples)
    }
  }

  /// Sound at the line's rate, at the tenant's loudness.
  private func put(_ samples: UnsafeBufferPointer<Int16>) {
    guard let leveller else { return playout.write(samples) }
    leveller.level(samples) { playout.write($0) }
  }

  /// Lets the provider send more as long as less than two seconds wait for the line.
  private func acknowledge() {
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
    guard let voice = item.run.winner, let list = words.words else { return }
    let origin = item.utterance.pieces[item.piece].start ?? 0
    let textBytes = item.utterance.pieces[item.piece].text.utf8.count
    if item.utterance.pieces[item.piece].isEstimated {
      item.utterance.pieces[item.piece].words = []
      item.utterance.pieces[item.piece].isEstimated = false
    }
    for i in 0..<Int(words.nwords) {
      let word = list[i]
      let said = Int(word.text_at) + Int(word.text_len)
      let bytes = min(item.spoken[ObjectIdentifier(voice)]?.written(for: said) ?? said, textBytes)
      guard word.end <= UInt64(voice.outRate) * 600 else { continue }
      let end = origin + word.end * UInt64(playout.rate) / UInt64(max(voice.outRate, 1))
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
    playout.boundary = playout.end
    leveller?.pieceEnded()
    pace.note(samples: playout.end - start, bytes: item.utterance.pieces[item.piece].text.utf8.count)
    estimateWords(item.utterance, item.piece)
    goOnAfterPiece()
  }

  private func goOnAfterPiece() {
    takeEarly()
    playTape()
    if inFlight.first?.isDone == true { return endPiece(inFlight.removeFirst()) }
    updateHolds()
    feed()
    settle()
  }

  /// Spreads the words of a piece over its sound in proportion to their length, where the voice has given no times.
  private func estimateWords(_ utterance: Utterance, _ piece: Int) {
    let p = utterance.pieces[piece]
    guard p.words.isEmpty || p.isEstimated else { return }
    utterance.pieces[piece].words = []
    utterance.pieces[piece].isEstimated = true
    let total = max(p.text.utf8.count, 1)
    let start = p.start ?? playout.end
    let length = p.end.map { $0 - start } ?? pace.samples(bytes: total, rate: playout.rate)
    var bytes = 0
    for (i, byte) in p.text.utf8.enumerated() where byte == UInt8(ascii: " ") || i == total - 1 {
      bytes = byte == UInt8(ascii: " ") ? i : i + 1
      utterance.pieces[piece].words.append((start + length * UInt64(bytes) / UInt64(total), bytes))
    }
  }

  /// Tells the playout whether more will come, and closes what is over.
  private func settle() {
    let more = queue.contains { !$0.isSynthesised || !$0.isReleased }
    if playout.isFinal == more { playout.isFinal = !more }
    // What has no sound at all (an empty answer) is over as soon as it is its turn.
    while let first = queue.first, first.isReleased, first.isSynthesised, first.pieces.isEmpty {
      finishFirst(at: playout.next, cut: false)
      if queue.isEmpty, !playout.isActive { owner?.speakerFellSilent() }
    }
  }

  private func finishFirst(at position: UInt64, cut: Bool) {
    let utterance = queue.removeFirst()
    utterance.close(playedUntil: position, cut: cut)
    owner?.speakerFinished(utterance)
  }

  // MARK: From the playout

  func playoutPushed() {
    if tape != nil { playTape() }
    acknowledge()
    feed()
    noteFirstPlayed(loop.now)
  }

  private func noteFirstPlayed(_ now: Instant) {
    guard let first = queue.first(where: { !$0.pieces.isEmpty && !$0.isOver }), first.firstPlayedAt == nil, first.isReleased,
      let start = first.pieces.first?.start, playout.next > start
    else { return }
    first.firstPlayedAt = now
    owner?.speaker(first, firstPlayedAt: now)
  }

  func playoutReached(_ position: UInt64) {
    while let first = queue.first, first.isReleased, first.isSynthesised, first.end ?? position <= position {
      finishFirst(at: position, cut: false)
    }
    noteFirstPlayed(loop.now)
  }

  func playoutDrained() {
    // The line's count may end a little before ours where it was padded: everything made has been heard.
    while let first = queue.first, first.isReleased, first.isSynthesised { finishFirst(at: playout.end, cut: false) }
    if queue.isEmpty { owner?.speakerFellSilent() }
  }

  func playoutStopped(at position: UInt64) {
    pausedAt = position
    switch wish {
    case .hold: owner?.speakerPaused(at: loop.now)
    case .resume: goOn(from: position)
    case .drop: drop(at: position)
    case .forget:
      dropCut(at: position)
      playTape()
      feed()
      settle()
    }
  }

  // MARK: Interrupting

  /// Falls silent now and keeps everything.
  func pause() {
    guard cut.isEmpty else { return }
    wish = .hold
    if !playout.isPaused { playout.pause() }
  }

  /// Goes on at the word that was cut.
  func resume() {
    guard cut.isEmpty else { return }
    wish = .resume
    if let pausedAt { goOn(from: pausedAt) }
  }

  /// The caller has the turn: what was not heard is dropped, and its providers are told.
  func giveWay() {
    // Before the work is taken back, as in `abandon`.
    cut += queue
    queue = []
    takeBack(.bargeIn) { _ in true }
    wish = .drop
    if let pausedAt { drop(at: pausedAt) } else if !playout.isPaused { playout.pause() }
  }

  private func goOn(from position: UInt64) {
    pausedAt = nil
    estimateMissingWords(queue)
    // The first of the queue may have been heard to its end already, without anybody having said so; and one without text has no sound.
    let sounding = queue.first { !$0.pieces.isEmpty && $0.end.map { $0 > position } ?? true }
    playout.resume(from: sounding?.wordBoundary(before: position) ?? position)
  }

  /// The end of a piece that is still being made is not known, but about how long it will be.
  private func estimateMissingWords(_ utterances: [Utterance]) {
    for utterance in utterances {
      for piece in utterance.pieces.indices where utterance.pieces[piece].start != nil { estimateWords(utterance, piece) }
    }
  }

  private func takeBack(_ reason: Reason, _ matches: (Utterance) -> Bool) {
    let runs = inFlight.filter { matches($0.utterance) }.map(\.run)
    inFlight.removeAll { matches($0.utterance) }
    for run in runs { takeBack(run, reason) }
  }

  private func takeBack(_ run: WorkRun, _ reason: Reason) {
    guard !run.isOver else { return }
    leaving.append(run)
    run.cancel(reason)
  }

  private func dropCut(at position: UInt64) {
    pausedAt = nil
    estimateMissingWords(cut)
    let over = cut
    cut = []
    for utterance in over {
      utterance.close(playedUntil: position, cut: true)
      owner?.speakerFinished(utterance)
    }
    playout.drop(at: position)
    updateLimit()
  }

  private func drop(at position: UInt64) {
    dropCut(at: position)
    playTape()
    feed()
    settle()
    if queue.isEmpty { owner?.speakerFellSilent() }
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

/// How fast a voice speaks, for estimates where it gives no word times.
private struct Pace {
  /// A usual speed of English speech, characters in a second.
  private static let charactersPerSecond = 15
  private var samples: UInt64 = 0
  private var bytes = 0

  mutating func note(samples: UInt64, bytes: Int) {
    self.samples += samples
    self.bytes += bytes
  }

  /// How long it takes for so many bytes of text.
  func samples(bytes count: Int, rate: Int) -> UInt64 {
    bytes > 20 ? samples * UInt64(count) / UInt64(bytes) : UInt64(count * rate / Self.charactersPerSecond)
  }
}
