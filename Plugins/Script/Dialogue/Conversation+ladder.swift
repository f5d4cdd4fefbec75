// Everything a caller may say at any time, and what happens when nothing is understood.

extension Conversation {
  /// Words that do not answer the question: a command, another wish, a question, a correction, or nothing we know.
  mutating func general(_ words: Input.Utterance) -> Reply {
    if let command = Command.read(words.tokens) { return obey(command) }
    let candidates = words.candidates
    let hits = matcher.answers.search(words.tokens)
    considered =
      candidates.prefix(3).map { "\(flow.intents[$0.intent].name) \(percent($0.score))" }
      + hits.prefix(2).map { "faq \(flow.answers[$0.answer].questions[0]) \(percent($0.score))" }
    let clear =
      candidates.count < 2 || candidates[0].score - candidates[1].score >= Matcher.tie || candidates[0].shared > candidates[1].shared
    let hit = matcher.answers.answer(to: words.tokens)
    // Inside an intent a value alone ("Friday") belongs to it, not to another intent that begins with such a value.
    if let best = candidates.first, best.score >= Matcher.sure, clear, best.score >= hit?.score ?? 0,
      active == nil || best.intent == intent || best.words >= Weights.content
    {
      return want(best, words)
    }
    if let hit { return tell(hit, words) }
    if let corrected = correct(words) { return corrected }
    if let best = candidates.first, best.score >= Matcher.perhaps, best.intent != intent,
      active == nil || best.words >= Weights.content
    {
      return ask(.doubtIntent(best.intent, best.slots.mapValues(\.value)))
    }
    return miss(question: AnswerIndex.isQuestion(words.tokens))
  }

  private func percent(_ score: Double) -> String { "0." + twoDigits(min(99, Int(score * 100))) }

  private mutating func want(_ best: Matcher.Candidate, _ words: Input.Utterance) -> Reply {
    let found = best.slots.mapValues(\.value)
    if words.unsure { return ask(.doubtIntent(best.intent, found)) }
    if flow.intents[best.intent].action == .transfer { return handOver() }
    return begin(best.intent, with: found, from: words.tokens)
  }

  private mutating func tell(_ hit: AnswerIndex.Hit, _ words: Input.Utterance) -> Reply {
    let times = told.map { $0.answer == hit.answer ? $0.times + 1 : 1 } ?? 1
    told = (hit.answer, times)
    // An answer that does not satisfy twice will not the third time: something else was said or meant.
    if times > 2 { return miss(question: false) }
    let entry = flow.answers[hit.answer]
    let sentences = (words.unsure ? [Phrases.asked(entry.questions[0])] : []) + Sentences.split(entry.answer)
    misses = 0
    switch asked {
    case .open, .anythingElse, .menu: return ask(.anythingElse, after: sentences)
    default: return ask(asked, after: sentences)
    }
  }

  /// "No, Friday" to a question about something else.
  private mutating func correct(_ words: Input.Utterance) -> Reply? {
    let before = values
    let filling = fill(words.tokens, asking: nil)
    guard !filling.isEmpty else { return nil }
    if words.unsure {
      let heard = values.filter { before[$0.key] != $0.value }
      values = before
      return heard.isEmpty ? nil : ask(.doubtValues(heard))
    }
    return settle(filling)
  }

  private mutating func obey(_ command: Command) -> Reply {
    switch command {
    case .repeat: return again()
    case .help: return ask(active == nil ? .open : asked, with: active == nil ? examples() : help())
    case .goodbye, .nothing: return active == nil || command == .goodbye ? goodbye() : dropIntent()
    case .wait: return ask(asked, with: [Phrases.takeYourTime])
    case .thanks: return active == nil ? ask(.anythingElse, after: [Phrases.welcome]) : ask(asked)
    case .hello: return active == nil ? ask(.open, after: [Phrases.hello]) : ask(asked)
    case .startOver:
      leave()
      return ask(.open, after: [Phrases.startOver])
    case .drop: return dropIntent()
    }
  }

  private func help() -> [String] {
    if case .slot(let name) = asked, let slot = active?.slot(name) { return Sentences.split(slot.again) }
    return prompt(asked) + [Phrases.yesOrNo]
  }

  private func examples() -> [String] {
    [Phrases.canDo(flow.intents.prefix(4).map(\.label))]
  }

  mutating func dropIntent() -> Reply {
    leave()
    return ask(.anythingElse, after: [Phrases.dropped])
  }

  mutating func goodbye() -> Reply {
    var reply = ask(.anythingElse, with: [Phrases.goodbye])
    reply.end = .done
    return reply
  }

  /// "Did you want to ...?" was answered with no.
  mutating func deny() -> Reply {
    if active != nil { return proceed(with: []) }
    asked = .open
    return miss(question: false)
  }

  // MARK: The ladder

  /// Nothing was understood: first examples, then the keypad, then a person or a message; never the same again.
  mutating func miss(question: Bool) -> Reply {
    misses += 1
    let sorry = question && active == nil ? Phrases.notKnown : Phrases.notUnderstood
    if misses > flow.limits.reprompt { return finish(after: [sorry]) }
    let keypad = misses == flow.limits.reprompt && misses > 1
    switch asked {
    case .open, .anythingElse, .menu:
      return keypad ? ask(.menu, after: [sorry]) : ask(.open, after: [sorry], with: examples())
    case .slot(let name):
      guard let slot = active?.slot(name) else { return ask(.open, after: [sorry]) }
      return ask(asked, after: [sorry], with: Sentences.split(keypad ? Phrases.keypad(slot) : slot.again))
    case .change:
      return ask(asked, after: [sorry])
    default:
      return ask(asked, with: prompt(asked) + [Phrases.yesOrNo])
    }
  }

  /// The last step of the ladder: somebody else must help, or the caller is asked to leave a message.
  mutating func finish(after sentences: [String]) -> Reply {
    switch flow.limits.then {
    case .transfer: handOver(after: sentences)
    case .message: takeMessage(after: sentences)
    case .transferOrMessage: isSomebodyThere && !transferTried ? handOver(after: sentences) : takeMessage(after: sentences)
    }
  }

  private var isSomebodyThere: Bool {
    guard let transfer = flow.transfer else { return false }
    return transfer.weekdays.contains(moment.today.weekday) && transfer.from <= moment.time && moment.time <= transfer.until
  }

  /// Connects the caller, once; when nobody is there or it has failed already, a message is offered.
  mutating func handOver(after sentences: [String] = []) -> Reply {
    guard let transfer = flow.transfer, isSomebodyThere, !transferTried else {
      let why = transferTried ? Phrases.transferAgain : Phrases.nobody
      // The caller is already leaving a message: that is what would be offered.
      if let active, active.name == flow.limits.message { return ask(asked, after: sentences + [why]) }
      return elsewhere(after: sentences + [why])
    }
    transferTried = true
    leave()
    var reply = ask(.open, after: sentences, with: Sentences.split(transfer.say))
    reply.transfer = transfer.to
    reply.end = .transferred
    return reply
  }

  /// The host could not connect the caller.
  mutating func transferFailed() -> Reply {
    transferTried = true
    return handOver()
  }

  /// Offers a message where nothing else helps; when there is none to offer, the call ends honestly.
  mutating func elsewhere(after sentences: [String]) -> Reply {
    guard flow.limits.message != nil, !messageFailed else { return giveUp(after: sentences) }
    leave()
    return ask(.offerMessage, after: sentences)
  }

  /// Takes a message; when that is what failed, the call ends honestly.
  mutating func takeMessage(after sentences: [String] = []) -> Reply {
    guard let name = flow.limits.message, let index = flow.intents.firstIndex(where: { $0.name == name }), index != intent, !messageFailed
    else {
      return giveUp(after: sentences)
    }
    // Nothing comes after this: whoever was misheard before is offered the keys once more.
    for slot in flow.intents[index].slots { attempts[slot.name] = attempts[slot.name].map { min($0, flow.limits.reprompt - 1) } }
    return begin(index, with: [:], after: sentences + [Phrases.takeMessage])
  }

  private mutating func giveUp(after sentences: [String]) -> Reply {
    leave()
    var reply = ask(.open, after: sentences, with: Sentences.split(Phrases.giveUp))
    reply.end = .notUnderstood
    return reply
  }

  mutating func person(unsure: Bool) -> Reply {
    if unsure, let index = flow.intents.firstIndex(where: { $0.action == .transfer }) { return ask(.doubtIntent(index, [:])) }
    return handOver()
  }

  mutating func emergency() -> Reply {
    let sentences = Sentences.split(flow.emergency?.answer ?? "")
    misses = 0
    if flow.emergency?.transfer == true { return handOver(after: sentences) }
    return ask(asked, after: sentences)
  }
}
