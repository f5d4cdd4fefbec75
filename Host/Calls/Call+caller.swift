// What the caller does: sounds, words, the end of a turn.

import Base
import Journal
import Loader
import Media
import Tenants
import Vox

extension Call: ListenerOwner {
  func listener(voice event: SpeechGate.Event, ageMs: UInt64) {
    guard state == .answered else { return }
    let at = nowMs > ageMs ? nowMs - ageMs : 0
    if case .provisional = event { onset = epoch.advanced(byMs: Int(at)) }
    act(interruption.event(.voice(event), at: nowMs))
    switch event {
    case .started:
      clear(.silence)
      if message != nil { set(.message, afterMs: 60_000) }
      silencePrompts = 0
      write(.speechStarted(Fact.SpeechStarted(atMs: Double(at), overAgent: speaker.isSpeaking)))
      takeBackUnheardAnswer()
      // While the caller speaks there is time to connect to whoever is to answer.
      for role in [Role.llm, .tts] { chains[role]?.prepare() }
      act(endpointer.event(.speechStarted(atMs: at), at: nowMs))
    case .ended:
      write(.speechEnded(Fact.SpeechEnded(atMs: Double(at))))
      coming.callerStopped = epoch.advanced(byMs: Int(at))
      messagePaused()
      act(endpointer.event(.speechEnded(atMs: at), at: nowMs))
      awaitCaller()
    case .background:
      act(endpointer.event(.speechEnded(atMs: at), at: nowMs))
      awaitCaller()
    case .none, .provisional, .withdrawn, .confirmed: break
    }
  }

  func listener(words: Listener.Words) {
    guard state == .answered, !isFinishing else { return }
    let known = takenGuesses.filter { $0.isAbout(theSoundOf: words) }
    // What is settled now is not heard again.
    if words.isFinal { takenGuesses.removeAll { $0.end <= words.end } }
    // A final that comes after its turn was taken without it brings nothing new, unless some of its sound had not even been guessed.
    if words.end > 0, let last = known.last, words.end <= last.end { return }
    let words = words.without(known)
    if words.isFinal || !words.text.isEmpty { guesses.removeAll { $0.isAbout(theSoundOf: words) } }
    // The final of what was said before says nothing of what is still guessed.
    let isFinal = words.isFinal && guesses.isEmpty
    if words.text.isEmpty {
      if isFinal { act(endpointer.event(.final(words: 0, complete: false), at: nowMs)) }
      return
    }
    if words.isFinal {
      finals.append(words)
      coming.finalTranscript = loop.now
    } else {
      guesses.append(words)
    }
    line.caption(words.text, speaker: "user", final: words.isFinal)
    let text = heardSoFar
    let count = text.utf8.split(separator: UInt8(ascii: " ")).count
    act(interruption.event(.words(count: count, backchannel: isBackchannel(text)), at: nowMs))
    dropOutdatedAnswer(text)
    let complete = isCompleteAnswer(text)
    act(endpointer.event(isFinal ? .final(words: count, complete: complete) : .interim(words: count, complete: complete), at: nowMs))
    if isFinal { answerEarly() }
  }

  /// Finals that are owed for longer than so many guesses never come.
  private static let mostTakenGuesses = 16

  func listenerTurnEnd(eager: Bool) {
    guard state == .answered else { return }
    if eager { answerEarly() } else { act(endpointer.event(.recogniserTurnEnd, at: nowMs)) }
  }

  func listenerTurnResumed() { withdrawEarlyAnswer() }

  func listenerFailed(_ error: ProviderError) {
    // Without ears the agent can only say so; keys may still work, but nobody has told the caller. Before the call is answered
    // this is only noted: whoever calls is told after the disclosure.
    if state == .opening { (lost, lostRole) = (error, .stt) }
    resort(.stt, error)
  }

  var heardSoFar: String { (finals + guesses).map(\.text).joined(separator: " ") }

  /// Only what a listener says while another speaks.
  func isBackchannel(_ text: String) -> Bool {
    let space = UInt8(ascii: " ")
    var rest = Self.letters(of: text.lowercased())[...]
    while let first = rest.first {
      if first == space {
        rest.removeFirst()
      } else if let word = backchannels.first(where: {
        rest.starts(with: $0) && (rest.count == $0.count || rest[rest.startIndex + $0.count] == space)
      }) {
        rest = rest.dropFirst(word.count)
      } else {
        return false
      }
    }
    return true
  }

  /// Letters, spaces, hyphens and apostrophes. Most text is ASCII and every guess of a recogniser is looked at: that goes byte by byte.
  private static func letters(of text: String) -> [UInt8] {
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
      return Array(text.filter { $0.isLetter || $0 == " " || $0 == "-" || $0 == "'" }.utf8)
    }
    return text.utf8.filter { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") || " -'".utf8.contains($0) }
  }

  /// The words answer the agent's question entirely, so that little silence is needed to know that the caller is done.
  private func isCompleteAnswer(_ text: String) -> Bool {
    switch expectation.kind {
    case .open: return false
    case .digits:
      guard expectation.digits > 0 else { return false }
      return SpokenDigits.count(in: text) >= expectation.digits
    case .yesNo, .date, .time, .name, .choice: return true
    }
  }

  // MARK: Machines

  func act(_ action: Interruption.Action) {
    if let wakeMs = interruption.wakeMs { set(.interruption, atMs: wakeMs) } else { clear(.interruption) }
    switch action {
    case .none: break
    case .pause:
      decided = loop.now
      silentSince = nil
      speaker.pause()
    case .resume:
      notePause()
      noteInterruption(.resumed, latencyMs: silentSince.map { loop.now.ms(since: $0) })
      speaker.resume()
      // What was no interruption was no turn either.
      if isBackchannel(heardSoFar) { ignoreHeard() }
    case .giveWay:
      notePause()
      noteInterruption(.confirmed, latencyMs: latencyMs)
      giveWay()
    }
  }

  /// From the caller's onset to the agent's silence, as far as it is known.
  private var latencyMs: Double? {
    guard let onset, let silentSince else { return nil }
    return silentSince.ms(since: onset)
  }

  /// Writes the pause, once: when the line is silent, or when it is decided what follows.
  func notePause() {
    guard let decided else { return }
    self.decided = nil
    write(.interruption(Fact.Interruption(turn: turn, step: .provisional, atMs: ms(decided), latencyMs: latencyMs)))
  }

  private func noteInterruption(_ step: Fact.Interruption.Step, latencyMs: Double?) {
    write(.interruption(Fact.Interruption(turn: turn, step: step, atMs: Double(nowMs), latencyMs: latencyMs)))
  }

  private func ignoreHeard() {
    for words in finals { noteHeard(words, .ignored) }
    holdsTurn = false
    finals = []
    guesses = []
  }

  /// The caller has the turn.
  func giveWay() {
    clear(.filler)
    thinker.withdraw(.bargeIn)
    answer = nil
    // What was to follow the words that nobody has heard does not follow.
    afterSpeech = nil
    speaker.giveWay()
    closeTurn(.interrupted)
    // What the caller has cut is what came before the last words; these are still owed.
    if isFinishing { sayLastWords() }
  }

  func act(_ action: Endpointer.Action) {
    switch action {
    case .none: clear(.endpoint)
    case .wait(let untilMs): set(.endpoint, atMs: untilMs)
    case .endTurn(let reason):
      clear(.endpoint)
      turnEnded(reason)
    }
  }

  // MARK: The end of a turn

  private func turnEnded(_ reason: Endpointer.Reason) {
    guard !isFinishing else { return }
    // For any other reason what is only guessed stays so: its final is on its way, and belongs to the next turn.
    if reason == .noFinal {
      finals += guesses
      takenGuesses = (takenGuesses + guesses.filter { $0.end > 0 }).suffix(Self.mostTakenGuesses)
      guesses = []
    }
    guard connecting == nil else { return }
    let text = finals.map(\.text).joined(separator: " ")
    guard !text.isEmpty else {
      withdrawEarlyAnswer()
      // Nothing was said: the silence that is being measured already has not been broken.
      return isSet(.silence) ? () : awaitCaller()
    }
    if speaker.isSpeaking, answer?.isCommitted != false {
      // A backchannel in the midst of the agent's speech is no answer; at its end it may well be one.
      if isBackchannel(text), playout.waiting > playout.rate { return ignoreHeard() }
      holdsTurn = true
      return
    }
    takeTurn(text, confidence: confidence, cause: .speech)
  }

  /// The least sure of what was heard, in permille; 0 = the recogniser does not tell.
  var confidence: Int { finals.map(\.confidence).filter { $0 > 0 }.min() ?? 0 }

  func noteHeard(_ words: Listener.Words, _ use: Fact.Heard.Use) {
    guard !words.isNoted else { return }
    let toMs = 1000 / Double(line.rate)
    write(
      .heard(
        Fact.Heard(
          turn: turn, text: words.text, confidence: words.confidence > 0 ? Double(words.confidence) / 1000 : nil,
          startMs: Double(words.start) * toMs, endMs: Double(words.end) * toMs, provider: words.provider, use: use)))
  }

  /// A tenant may change who serves while a call goes on: it counts from the next turn.
  private func adoptChains() {
    for role in [Role.stt, .llm, .tts] {
      guard let fresh = ports.chain(tenant.id, agent.id, role), chains[role]?.adopt(fresh) == true else { continue }
      // Listening has no end of its own, so it has to be told.
      if role == .stt { listener.listenAnew() }
    }
    if let fallbacks = ports.chain(tenant.id, agent.id, .tool) { thinker.adopt(fallbacks: fallbacks) }
  }

  /// The caller has said something: it is answered, or asked back.
  func takeTurn(_ text: String, confidence: Int, cause: Fact.TurnStarted.Cause) {
    holdsTurn = false
    clear(.silence)
    silencePrompts = 0
    if answer?.isCommitted == true { supersedeAnswer() }
    closeTurn(.superseded)
    turn += 1
    adoptChains()
    for chain in chains.values { chain.turnBegan() }
    thinker.turnBegan()
    turnIsOpen = true
    fillersSaid = 0
    marks = coming
    marks.endpoint = loop.now
    coming = CallMarks()
    write(.turnStarted(Fact.TurnStarted(turn: turn, cause: cause)))
    let isSure = confidence == 0 || Double(confidence) / 1000 >= agent.confidence.accept
    for words in finals { noteHeard(words, isSure ? .answered : .askedBack) }
    taken = finals
    finals = []
    guard isSure else {
      withdrawEarlyAnswer()
      return askBack(text, confidence)
    }
    let meant = confirmed(by: text) ?? text
    if let early = answer, !early.isCommitted, early.heard == meant { return useEarlyAnswer(early) }
    withdrawEarlyAnswer()
    if !meant.isEmpty { thinker.context.heard(meant, confidence: confidence) }
    beginAnswer(heard: meant, committed: true, mayAct: true, source: .reply)
  }

  /// "Did you say …?" has been answered: with yes, what was heard then is what the caller means.
  private func confirmed(by text: String) -> String? {
    guard let pending = unconfirmed else { return nil }
    unconfirmed = nil
    return Affirmation.isYes(text) ? pending : nil
  }

  private func askBack(_ text: String, _ confidence: Int) {
    let maybe = Double(confidence) / 1000 >= agent.confidence.confirm
    unconfirmed = maybe ? text : nil
    let question = maybe ? agent.confidence.confirmQuestion.replacing("{heard}", with: text) : agent.confidence.againQuestion
    thinker.context.saying(speaker.say(question, .question, turn: turn))
  }

  // MARK: Answering early

  /// Begins to answer before the turn is over for sure.
  private func answerEarly() {
    guard agent.turnTaking.preemptiveGeneration, !isFinishing, connecting == nil, answer == nil, !speaker.isSpeaking, guesses.isEmpty,
      !finals.isEmpty,
      unconfirmed == nil, confidence == 0 || Double(confidence) / 1000 >= agent.confidence.accept
    else { return }
    let text = finals.map(\.text).joined(separator: " ")
    thinker.context.heard(text, confidence: confidence)
    beginAnswer(heard: text, committed: false, mayAct: true, source: .reply)
  }

  private func useEarlyAnswer(_ early: Thinker.Answer) {
    awaitAnswer(forMs: agent.fillers.afterMs)
    marks.asked = marks.endpoint
    if let utterance = early.utterance { speaker.release(utterance) }
    thinker.commit(early)
    if early.isFinished { answerFinished(early) }
  }

  private func dropOutdatedAnswer(_ text: String) {
    if let early = answer, !early.isCommitted, early.heard != text { withdrawEarlyAnswer() }
  }

  func withdrawEarlyAnswer() {
    guard let early = answer, !early.isCommitted else { return }
    thinker.withdraw(.superseded)
    if let utterance = early.utterance { speaker.withdraw(utterance) }
    _ = thinker.context.takeBackLastHeard()
    coming.forgetAnswer()
    answer = nil
  }

  /// The caller goes on before anything of the answer was heard: both parts are one turn.
  private func takeBackUnheardAnswer() {
    withdrawEarlyAnswer()
    guard let current = answer, current.isCommitted, !current.hasActed, current.utterance?.firstPlayedAt == nil,
      !current.heard.isEmpty, !speaker.isSpeaking || speaker.current === current.utterance
    else { return }
    clear(.filler)
    thinker.withdraw(.superseded)
    if let utterance = current.utterance { speaker.withdraw(utterance) }
    answer = nil
    closeTurn(.superseded)
    guard let text = thinker.context.takeBackLastHeard() else { return }
    if taken.map(\.text).joined(separator: " ") != text {
      // It was not the words themselves that were answered, but what they confirmed.
      taken = [Listener.Words(text: text, isFinal: true, confidence: 0, start: 0, end: 0, provider: listener.provider)]
    }
    for index in taken.indices { taken[index].isNoted = true }
    finals = taken + finals
    taken = []
  }
}
