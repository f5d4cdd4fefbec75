// What the agent does: thinks, speaks, fills silence, ends the call.

import Base
import Journal
import Loader
import Media
import Speech
import Tenants
import Vox

extension Call: ThinkerOwner, SpeakerOwner {
  // MARK: Answers

  func beginAnswer(heard: String, committed: Bool, mayAct: Bool, source: Fact.AgentSaid.Source) {
    chunker = speaker.newChunker(grows: true)
    plain = Speakable(.written(ssml: agent.ssml))
    let utterance = speaker.begin(source, turn: committed ? turn : turn + 1, released: committed)
    let next = thinker.answer(turn: utterance.turn, heard: heard, committed: committed, mayAct: mayAct)
    next.utterance = utterance
    answer = next
    if !committed { coming.forgetAnswer() }
    mark(\.asked, utterance, at: next.startedAt)
    if committed { awaitAnswer(forMs: agent.fillers.afterMs) }
    thinker.begin(next)
  }

  func thinker(_ answer: Thinker.Answer, text: String) {
    guard answer === self.answer, let utterance = answer.utterance else { return }
    mark(\.firstToken, utterance, at: loop.now)
    let plainText = plain.append(text)
    // With something to be heard before it nobody waits for the first word.
    let parts = chunker.append(
      plainText, isWordEnd: plain.isBetweenWords, mayGuess: speaker.current === utterance && utterance.pieces.isEmpty)
    // Before its sound can come; and not over before the wrong word is taken back.
    if chunker.isGuessing { speaker.note(utterance, isGuess: true) }
    for part in parts { give(part, utterance, at: answer.lastTextAt) }
    if !chunker.isGuessing { speaker.note(utterance, isGuess: false) }
  }

  /// Stamps a moment of the turn that an utterance answers, once.
  private func mark(_ moment: WritableKeyPath<CallMarks, Instant?>, _ utterance: Utterance, at now: Instant) {
    guard utterance.source == .reply || utterance.source == .question else { return }
    if utterance.turn == turn, turnIsOpen, marks[keyPath: moment] == nil { marks[keyPath: moment] = now }
    if utterance.turn == turn + 1, coming[keyPath: moment] == nil { coming[keyPath: moment] = now }
  }

  /// What the answer says from here on is another utterance, so that something else may be said, or done, before it.
  private func split(_ answer: Thinker.Answer) {
    guard let said = answer.utterance else { return }
    let rest = speaker.begin(said.source, turn: said.turn, released: said.isReleased)
    answer.utterance = rest
    speaker.finish(said)
  }

  func thinkerActs(_ answer: Thinker.Answer) {
    guard answer === self.answer, let utterance = answer.utterance else { return }
    giveRest(utterance)
    split(answer)
  }

  /// No more text comes before something else: what was held back is whole.
  private func giveRest(_ utterance: Utterance) {
    for part in chunker.append(plain.finish()) { give(part, utterance, at: loop.now) }
    if let rest = chunker.finish() { give(rest, utterance, at: loop.now) }
    speaker.note(utterance, isGuess: false)
  }

  private func give(_ part: SpeechChunker.Part, _ utterance: Utterance, at textAt: Instant) {
    // A tag by itself is nothing that every voice can say.
    guard !part.begins || Speakable.hasWords(part.text) else { return }
    if part.replaces, let answer { takeBack(answer, utterance, .superseded) }
    // It takes its place in the context with its first words: after the results of the tools that ran before them.
    if utterance.pieces.isEmpty { thinker.context.saying(utterance) }
    answer?.give(part)
    mark(\.pieceText, utterance, at: textAt)
    speaker.append(utterance, part)
  }

  func thinkerFinished(_ answer: Thinker.Answer) {
    guard answer === self.answer else { return }
    recovered(.llm)
    if let utterance = answer.utterance {
      giveRest(utterance)
      speaker.finish(utterance)
    }
    if answer.isCommitted { answerFinished(answer) }
  }

  /// The whole answer is known and its turn is committed: what it expects, and what follows it.
  func answerFinished(_ answer: Thinker.Answer) {
    expect(answer.expectation)
    if answer.endsCall || answer.transfer != nil {
      let target = answer.transfer
      afterSpeech = { [weak self] in
        if let target { self?.transfer(to: target) } else { self?.end(.agentEnded) }
      }
    }
    clear(.filler)
    self.answer = nil
    closeAnsweredTurn()
    if !speaker.isSpeaking { speakerFellSilent() }
  }

  /// The turn is over when all of its answer has been heard.
  private func closeAnsweredTurn() {
    guard answer == nil, !speaker.isAnswering(turn) else { return }
    closeTurn(marks.firstSample == nil ? .empty : .answered)
  }

  /// Another turn, or the end, takes the place of the answer in the making; what was heard of it stays.
  func supersedeAnswer() {
    withdrawEarlyAnswer()
    guard let current = answer else { return }
    clear(.filler)
    thinker.withdraw(.superseded)
    answer = nil
    if let utterance = current.utterance {
      if utterance.firstPlayedAt == nil { speaker.withdraw(utterance) } else { speaker.finish(utterance) }
    }
    closeTurn(.superseded)
  }

  func expect(_ next: Expectation) {
    expectation = next
    listener.expect(next)
    let kind: Endpointer.Expectation =
      switch next.kind {
      case .open: .open
      case .digits: .digits
      default: .short
      }
    act(endpointer.event(.expects(kind), at: nowMs))
  }

  func thinkerFailed(_ answer: Thinker.Answer, _ error: ProviderError) {
    guard answer === self.answer else { return }
    if !answer.isCommitted { return withdrawEarlyAnswer() }
    clear(.filler)
    closeTurn(.failed)
    self.answer = nil
    if let utterance = answer.utterance { speaker.finish(utterance) }
    resort(.llm, error)
  }

  func thinkerBrokeOff(_ answer: Thinker.Answer) -> String {
    guard answer === self.answer else { return "" }
    chunker.dropPending()
    plain.dropPending()
    if let utterance = answer.utterance { takeBack(answer, utterance, .failover) }
    return answer.given
  }

  /// What was begun last is not said, unless it is heard already.
  private func takeBack(_ answer: Thinker.Answer, _ utterance: Utterance, _ reason: Reason) {
    answer.takeBack(speaker.breakOff(utterance, reason))
    if utterance.pieces.isEmpty { thinker.context.takeBack(utterance) }
  }

  /// A word that is only guessed is said anew behind what is said first.
  private func takeGuessBack(_ answer: Thinker.Answer) {
    guard let utterance = answer.utterance, utterance.isGuess else { return }
    takeBack(answer, utterance, .superseded)
    chunker.dropGuess()
  }

  /// No model is to be had, and nobody has asked one yet. Before the call is answered this is only noted: whoever calls is told
  /// after the disclosure.
  func thinkerLost(_ error: ProviderError) {
    if state == .opening { (lost, lostRole) = (error, .llm) }
    resort(.llm, error, wasAsked: false)
  }

  func thinkerPreempted(_ answer: Thinker.Answer) {
    write(.preemptive(Fact.Preemptive(turn: answer.turn, outcome: answer.isCommitted ? .used : .wasted, units: answer.units)))
  }

  func thinkerWaits(_ answer: Thinker.Answer, forMs: Int?) {
    // Without a patience of its own a tool does not begin the wait anew, or a chain of quick ones would never be bridged.
    guard answer === self.answer, let forMs else { return }
    awaitAnswer(forMs: forMs)
  }

  /// The caller waits for the answer and is to hear something after so long.
  func awaitAnswer(forMs: Int) {
    patienceMs = forMs
    set(.filler, at: max(loop.now, playout.soundsUntil).advanced(byMs: forMs))
  }

  func thinker(_ answer: Thinker.Answer, progress text: String) {
    guard answer === self.answer, !text.isEmpty else { return }
    thinker.context.saying(speaker.say(text, .filler, turn: turn))
  }

  func thinkerTool(_ call: Fact.ToolCalled) { write(.toolCalled(call)) }

  // MARK: Voice

  func speaker(_ utterance: Utterance, firstPlayedAt now: Instant) {
    clear(.silence)
    act(interruption.event(.agentSpeaks(interruptible: utterance.interruptible), at: nowMs))
    _ = endpointer.event(.agentSpoke, at: nowMs)
    mark(\.firstSample, utterance, at: now)
  }

  func speakerMark(_ mark: Speaker.Mark, _ utterance: Utterance, at now: Instant) {
    switch mark {
    case .firstPieceGiven: self.mark(\.firstPiece, utterance, at: now)
    case .firstAudio: self.mark(\.firstAudio, utterance, at: now)
    }
  }

  func speakerFinished(_ utterance: Utterance) {
    let played = utterance.playedText
    if let firstPlayedAt = utterance.firstPlayedAt {
      write(
        .agentSaid(
          Fact.AgentSaid(
            turn: utterance.turn, text: played, source: utterance.source, interrupted: utterance.isCut,
            interruptedAtWord: utterance.isCut ? played.split(separator: " ").count : nil,
            generatedBytes: utterance.fullText.utf8.count, provider: utterance.provider, startMs: ms(firstPlayedAt), endMs: Double(nowMs))))
      line.caption(played, speaker: "agent", final: true)
    }
    if !utterance.isCut { closeAnsweredTurn() }
  }

  func speakerPaused(at now: Instant) {
    silentSince = now
    notePause()
  }

  func speakerFellSilent() {
    guard state == .answered else { return }
    _ = interruption.event(.agentSilent, at: nowMs)
    clear(.interruption)
    if answer != nil { return }
    if afterSpeech != nil { return runAfterSpeech() }
    // Who is speaking again makes a longer turn of it.
    if holdsTurn, !finals.isEmpty, !listener.isSpeech {
      return takeTurn(finals.map(\.text).joined(separator: " "), confidence: confidence, cause: .speech)
    }
    awaitCaller()
  }

  func speakerFailed(_ error: ProviderError) {
    guard state == .answered || state == .opening else { return }
    guard state == .answered, !isVoiceLost else { return end(.noProvider, problem: error) }
    isVoiceLost = true
    clear(.filler)
    withdrawEarlyAnswer()
    thinker.withdraw(.superseded)
    answer = nil
    afterSpeech = nil
    closeTurn(.failed)
    // Nobody can be interrupted any more: whoever spoke over the agent has the turn by speaking.
    if interruption.isPaused { _ = interruption.event(.agentSilent, at: nowMs) }
    clear(.interruption)
    speaker.abandon()
    if isFinishing {
      // The last words themselves could not be said.
      isFinishing = false
      return finish(lastCause, saying: agent.lastResort, problem: error)
    }
    resort(.tts, error)
  }

  /// Writes the turn's fact, once.
  func closeTurn(_ outcome: Fact.TurnEnded.Outcome) {
    guard turnIsOpen else { return }
    turnIsOpen = false
    write(.turnEnded(Fact.TurnEnded(turn: turn, outcome: outcome, waterfall: marks.waterfall(since: epoch))))
    marks = CallMarks()
    if state == .answered, !isFinishing, outcome == .answered { thinker.turnEnded(turn) }
  }

  // MARK: Silence

  /// Nobody speaks and nobody thinks: the caller is given some time.
  func awaitCaller() {
    guard state == .answered, !isFinishing, answer == nil, !speaker.isSpeaking, !listener.isSpeech, afterSpeech == nil, menu == nil,
      connecting == nil
    else { return }
    set(.silence, afterMs: agent.silence.afterMs)
  }

  func promptSilence() {
    guard answer == nil, !speaker.isSpeaking, !listener.isSpeech else { return }
    let prompts = agent.silence.prompts
    guard silencePrompts < prompts.count || !agent.silence.thenEnd else { return finish(.silence, saying: agent.farewell) }
    guard let prompt = prompts.indices.contains(silencePrompts) ? prompts[silencePrompts] : prompts.last else { return }
    silencePrompts += 1
    thinker.context.saying(speaker.say(prompt, .silencePrompt, turn: turn))
  }

  func sayFiller() {
    guard let answer, answer.isCommitted, !agent.fillers.lines.isEmpty else { return }
    // Something is still heard, or about to be: the wait begins at its end.
    let due = playout.soundsUntil.advanced(byMs: patienceMs)
    if due > loop.now { return set(.filler, at: due) }
    // Who may be interrupting is not talked over; whether they are is known soon, and then the filler is due.
    guard !interruption.isPaused else { return set(.filler, afterMs: 100) }
    guard !speaker.hasFiller else { return set(.filler, afterMs: agent.fillers.afterMs) }
    takeGuessBack(answer)
    if answer.utterance?.pieces.isEmpty == false { split(answer) }
    speaker.say(agent.fillers.lines[fillersSaid % agent.fillers.lines.count], .filler, turn: turn)
    fillersSaid += 1
    awaitAnswer(forMs: agent.fillers.afterMs)
  }
}
