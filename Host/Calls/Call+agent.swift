// What the agent does: thinks, speaks, fills silence, ends the call.

import Base
import Journal
import Loader
import Media
import Tenants
import Vox

extension Call: ThinkerOwner, SpeakerOwner {
  // MARK: Answers

  func beginAnswer(heard: String, committed: Bool, mayAct: Bool, source: Fact.AgentSaid.Source) {
    chunker = SpeechChunker(maxCharacters: speaker.session?.traits.int("text_max_bytes").map { min($0, 400) } ?? 400)
    let utterance = speaker.begin(source, turn: committed ? turn : turn + 1, released: committed)
    let next = thinker.answer(turn: utterance.turn, heard: heard, committed: committed, mayAct: mayAct)
    next.utterance = utterance
    thinker.context.saying(utterance)
    answer = next
    if source == .reply { marks.asked = next.startedAt }
    thinker.begin(next)
  }

  func thinkerReady() {
    guard let session = thinker.session else { return }
    write(.sessionOpened(Fact.SessionOpened(role: "llm", provider: session.provider.name, ms: (session.readyAt ?? loop.now).ms(since: session.openedAt))))
  }

  func thinker(_ answer: Thinker.Answer, text: String) {
    guard answer === self.answer, let utterance = answer.utterance else { return }
    if utterance.source == .reply, marks.firstToken == nil { marks.firstToken = loop.now }
    for piece in chunker.append(text) { give(piece, utterance, at: answer.lastTextAt) }
  }

  private func give(_ piece: String, _ utterance: Utterance, at textAt: Instant) {
    if utterance.source == .reply, marks.pieceText == nil { marks.pieceText = textAt }
    speaker.append(utterance, piece)
  }

  func thinkerFinished(_ answer: Thinker.Answer) {
    guard answer === self.answer else { return }
    failures = 0
    if let utterance = answer.utterance {
      if let rest = chunker.finish() { give(rest, utterance, at: loop.now) }
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
    if !answer.hasText { clear(.filler) }
    self.answer = nil
    if !speaker.isSpeaking { speakerFellSilent() }
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
    failures += 1
    if let utterance = answer.utterance { speaker.finish(utterance) }
    // One failure may be a bad moment; at the second in a row nobody is helped by a third.
    if failures >= 2 { return finish(.noProvider, saying: agent.lastResort) }
    speaker.say(agent.confidence.againQuestion, .question, turn: turn)
  }

  func thinkerLost(_ error: ProviderError) {
    if state == .answered, afterSpeech == nil { finish(.noProvider, saying: agent.lastResort) }
  }

  func thinkerWaits(_ answer: Thinker.Answer, forMs: Int?) {
    guard answer === self.answer else { return }
    set(.filler, afterMs: forMs ?? agent.fillers.afterMs)
  }

  func thinker(_ answer: Thinker.Answer, progress text: String) {
    guard answer === self.answer, !text.isEmpty else { return }
    thinker.context.saying(speaker.say(text, .filler, turn: turn))
  }

  func thinkerAttempt(_ attempt: Attempt) { note(attempt) }
  func thinkerTool(_ call: Fact.ToolCalled) { write(.toolCalled(call)) }

  // MARK: Voice

  func speaker(_ utterance: Utterance, firstPlayedAt now: Instant) {
    clear(.filler)
    clear(.silence)
    act(interruption.event(.agentSpeaks(interruptible: utterance.interruptible), at: nowMs))
    _ = endpointer.event(.agentSpoke, at: nowMs)
    if utterance.source == .reply || utterance.source == .question, marks.firstSample == nil { marks.firstSample = now }
  }

  func speakerMark(_ mark: Speaker.Mark, _ utterance: Utterance, at now: Instant) {
    guard utterance.source == .reply || utterance.source == .question else { return }
    switch mark {
    case .firstPieceGiven: if marks.firstPiece == nil { marks.firstPiece = now }
    case .firstAudio: if marks.firstAudio == nil { marks.firstAudio = now }
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
    if utterance.source == .reply || utterance.source == .question, !utterance.isCut { closeTurn(.answered) }
    // Fillers follow each other as long as nothing else is heard.
    if utterance.source == .filler, answer != nil, !utterance.isCut { set(.filler, afterMs: agent.fillers.afterMs) }
  }

  func speakerFellSilent() {
    guard state == .answered else { return }
    _ = interruption.event(.agentSilent, at: nowMs)
    clear(.interruption)
    if answer != nil { return }
    if afterSpeech != nil { return runAfterSpeech() }
    if let held = heldTurn { return takeTurn(held, confidence: 0, cause: .speech) }
    awaitCaller()
  }

  func speakerFailed(_ error: ProviderError) {
    guard state == .answered || state == .opening else { return }
    // Without a voice nothing can be said, not even why.
    end(.noProvider, problem: error)
  }

  func speakerAttempt(_ attempt: Attempt) { note(attempt) }

  /// Writes the turn's fact, once.
  func closeTurn(_ outcome: Fact.TurnEnded.Outcome) {
    guard turnIsOpen else { return }
    turnIsOpen = false
    write(.turnEnded(Fact.TurnEnded(turn: turn, outcome: outcome, waterfall: marks.waterfall(since: epoch))))
    marks = CallMarks()
  }

  // MARK: Silence

  /// Nobody speaks and nobody thinks: the caller is given some time.
  func awaitCaller() {
    guard state == .answered, !listener.isSpeech, afterSpeech == nil else { return }
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
    guard answer != nil, !playout.isActive, let line = agent.fillers.lines.isEmpty ? nil : agent.fillers.lines[fillersSaid % agent.fillers.lines.count]
    else { return }
    fillersSaid += 1
    speaker.say(line, .filler, turn: turn)
  }
}
