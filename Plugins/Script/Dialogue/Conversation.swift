// The state of one conversation and how an answer is taken; pure, without clock or chance.

/// What the agent knows and has asked, rebuilt from the chat context at every turn.
///
/// Each verb takes what happened and returns what to say and do; nothing is performed here.
struct Conversation {
  /// What the agent's last sentence asked.
  enum Question: Equatable {
    case open
    case anythingElse
    case slot(String)
    /// Is the number that was read back right?
    case readBack(String)
    /// Shall the action be done?
    case confirm
    /// Which slot is wrong?
    case change
    /// Was this intent meant?
    case doubtIntent(Int, [String: Value])
    /// Were these values said?
    case doubtValues([String: Value])
    case menu
    case offerMessage
  }

  /// A yes or no that was heard badly, and what it was about.
  struct DoubtedAnswer: Equatable {
    var question: Question
    var values: [String: Value]
    var yes: Bool
  }

  let flow: Flow
  let matcher: Matcher
  var moment: Moment

  var intent: Int?
  var values: [String: Value] = [:]
  /// Digit slots that the caller has agreed to.
  var confirmed: Set<String> = []
  var asked = Question.open
  /// A yes counts only when so many sentences of the last reply were played: nobody agrees to what they did not hear.
  var needed = 0
  var heardEnough = true
  /// Something else was said after our question, so that a bare yes or no is not an answer to it.
  var interjected = false
  /// Turns in a row that were not understood.
  var misses = 0
  /// The last answer that was heard too badly to act on.
  var doubted: DoubtedAnswer?
  /// By slot: values that the caller has called wrong, or that are not possible.
  var denied: [String: Set<Value>] = [:]
  /// By slot: how often its value was refused or denied. It falls only when a tool has done its work, so that no conversation circles.
  var attempts: [String: Int] = [:]
  /// The answer given last and how often in a row.
  var told: (answer: Int, times: Int)?
  var transferTried = false
  var messageFailed = false
  var last = Reply()
  var considered: [String] = []

  init(flow: Flow, matcher: Matcher, moment: Moment) {
    (self.flow, self.matcher, self.moment) = (flow, matcher, moment)
  }

  var active: Flow.Intent? { intent.map { flow.intents[$0] } }

  // MARK: The caller's turn

  /// Answers what the caller did.
  mutating func answer(_ input: Input) -> Reply {
    considered = []
    let reply =
      switch input {
      case .silence: again()
      case .transferFailed: transferFailed()
      case .keys(let keys): take(keys: keys)
      case .speech(let words): take(words)
      }
    return keep(reply)
  }

  /// Answers the caller after another provider spoke last: nothing of ours was asked, so a bare yes or no means nothing.
  mutating func takeOver(_ input: Input) -> Reply {
    considered = []
    asked = .open
    misses = 0
    var reply: Reply
    switch input {
    case .speech(let words) where !YesNoReader.isBare(words.tokens) && understands(words):
      reply = take(words)
    case .keys("0"):
      reply = take(keys: "0")
    default:
      reply = proceed(with: Array(values.keys))
    }
    if reply.transfer == nil { reply.sentences.insert(Phrases.takeOver, at: 0) }
    needed += 1
    return keep(reply)
  }

  /// Takes up what the caller said to another provider, without a word of ours.
  mutating func collect(_ input: Input) {
    guard case .speech(let words) = input, !words.unsure else { return }
    if let best = words.candidates.first, best.score >= Matcher.sure,
      flow.intents[best.intent].action != .transfer
    {
      if best.intent != intent { enter(best.intent) }
      var filling = Filling()
      for (name, found) in best.slots { put(found.value, in: name, &filling) }
    }
    _ = fill(words.tokens, asking: nil)
  }

  /// Notes how much of the last reply was played. False: none of it, another provider spoke.
  mutating func heard(_ played: [String]) -> Bool {
    let heard = Heard(last.sentences, in: played)
    heardEnough = heard.whole >= needed
    interjected = heard.interjected
    return !heard.foreign
  }

  mutating func keep(_ reply: Reply) -> Reply {
    var reply = reply
    reply.considered = considered
    last = reply
    return reply
  }

  private func understands(_ words: Input.Utterance) -> Bool {
    if matcher.isEmergency(words.tokens) || matcher.wantsPerson(words.tokens) { return true }
    if let best = words.candidates.first, best.score >= Matcher.sure { return true }
    if matcher.answers.answer(to: words.tokens) != nil { return true }
    return active?.slots.contains { SlotReader.best($0, in: words.tokens, today: moment.today, bare: false) != nil } ?? false
  }

  private mutating func take(_ words: Input.Utterance) -> Reply {
    if matcher.isEmergency(words.tokens) { return emergency() }
    // In a message of some length "a person" is part of what is dictated.
    if matcher.wantsPerson(words.tokens), !(isDictating && words.tokens.count > 6) { return person(unsure: words.unsure) }
    // Words heard so badly are no basis even for a question about them.
    if words.certainty == .poor, !isDictating { return miss(question: false) }
    if interjected, YesNoReader.isBare(words.tokens) { return ask(asked) }
    return answered(words) ?? general(words)
  }

  private var isDictating: Bool {
    if case .slot(let name) = asked { active?.slot(name)?.kind == .text } else { false }
  }

  // MARK: Saying something

  /// Asks a question after what is to be said first.
  mutating func ask(_ question: Question, after sentences: [String] = [], with prompt: [String]? = nil) -> Reply {
    let prompt = prompt ?? self.prompt(question)
    asked = question
    var reply = Reply()
    reply.sentences = sentences + prompt
    // Of a read-back everything before the question itself must have been heard.
    switch question {
    case .readBack, .confirm: needed = max(0, reply.sentences.count - 1)
    default: needed = 0
    }
    reply.expect = expectation(question)
    return reply
  }

  /// The sentences of a question.
  func prompt(_ question: Question) -> [String] {
    switch question {
    case .open: [Phrases.howHelp]
    case .anythingElse: [Phrases.anythingElse]
    case .slot(let name): Sentences.split(active?.slot(name)?.ask ?? Phrases.howHelp)
    case .readBack(let name): [Phrases.readBack(spoken(name) ?? ""), Phrases.isThatRight]
    case .confirm: texts(active?.confirm ?? [], result: nil)
    case .change: [Phrases.change(active?.slots.map(\.label) ?? [])]
    case .doubtIntent(let index, _): [Phrases.doubt(flow.intents[index].label)]
    case .doubtValues(let values):
      [Phrases.didYouSay(values.sorted { $0.key < $1.key }.map { $0.value.spoken(today: moment.today) }.joined(separator: ", "))]
    case .menu: Phrases.menu(menu.map { flow.intents[$0].label }, person: flow.transfer != nil)
    case .offerMessage: [Phrases.offerMessage]
    }
  }

  private func expectation(_ question: Question) -> ExpectedAnswer {
    switch question {
    case .open, .anythingElse, .change, .menu: .open
    case .slot(let name): active.flatMap { intent in intent.slot(name)?.expectation(of: intent.name) } ?? .open
    case .readBack, .confirm, .doubtIntent, .doubtValues, .offerMessage: .yesNo
    }
  }

  /// The value of a slot in words, or nil when it has none.
  func spoken(_ name: String) -> String? { values[name]?.spoken(today: moment.today) }

  /// A flow's sentences with values filled in; a sentence whose value is missing is left out.
  func texts(_ templates: [Template], result: ToolResult?) -> [String] {
    templates.compactMap { template in
      template.filled(slot: spoken, result: { name in result?.field(name).map { Spoken.field($0, today: moment.today) } })
    }
  }

  /// The intents of the keypad menu, in the flow's order: keys 1 to 9.
  var menu: [Int] { Array(flow.intents.indices.filter { flow.intents[$0].action != .transfer }.prefix(9)) }

  /// The last thing said once more.
  mutating func again() -> Reply {
    last.sentences.isEmpty ? ask(asked) : ask(asked, with: last.sentences)
  }
}
