// The scripted agent: from a chat context to what is said next.

/// A deterministic conversation along a flow.
///
/// Nothing is remembered between turns: each reply is a fold over the chat context alone, so that a call can be taken
/// over in the middle, by another process or from another provider, and so that the same input gives the same output.
/// What the caller heard governs what an answer means: a yes to a question that was never played agrees to nothing.
public struct Dialogue: Sendable {
  private let flow: Flow
  private let matcher: Matcher

  public init(_ flow: Flow) {
    self.flow = flow
    matcher = Matcher(flow)
  }

  /// The agent's next turn.
  ///
  /// Pure and thread-safe; the cost grows with the number of turns (some tenths of a millisecond each).
  /// - Parameters:
  ///   - chat: everything said and done so far. Ending in the agent's own broken-off text, the rest of it is said.
  ///   - moment: the day and time at the caller's place.
  public func reply(to chat: Chat, at moment: Moment) -> Reply {
    var memory = Memory()
    return reply(to: chat, at: moment, remembering: &memory)
  }

  /// The same with what an earlier turn of the same chat worked out, so that a long call does not cost more with every turn.
  ///
  /// - Parameter memory: begins empty; a memory of another chat does no harm, it is not used.
  public func reply(to chat: Chat, at moment: Moment, remembering memory: inout Memory) -> Reply {
    var fold: Fold
    if let known = memory.fold, chat.entries.starts(with: memory.entries) {
      fold = known
      fold.moment = moment
    } else {
      fold = Fold(Conversation(flow: flow, matcher: matcher, moment: moment))
      memory.entries = []
    }
    for entry in chat.entries.dropFirst(memory.entries.count) { fold.take(entry) }
    memory = Memory(entries: chat.entries, fold: fold)
    return fold.reply()
  }

  /// What was worked out for a chat. It saves time and holds nothing that the chat itself does not say.
  public struct Memory: Sendable {
    fileprivate var entries: [Chat.Entry] = []
    fileprivate var fold: Fold?

    public init() {}

    fileprivate init(entries: [Chat.Entry], fold: Fold) { (self.entries, self.fold) = (entries, fold) }
  }
}

/// Walks through a chat context and keeps two states: what holds if our reply was played, and what holds if it was not.
private struct Fold: Sendable {
  private var ours: Conversation
  /// The same conversation as another provider led it: only the caller's words count.
  private var theirs: Conversation
  private var answer: Reply?
  private var callerTexts: [(text: String, certainty: Chat.Certainty)] = []
  private var played: [String] = []
  private var tools: [String: String] = [:]

  init(_ start: Conversation) { (ours, theirs) = (start, start) }

  var moment: Moment {
    get { ours.moment }
    set { (ours.moment, theirs.moment) = (newValue, newValue) }
  }

  mutating func take(_ entry: Chat.Entry) {
    switch entry {
    case .caller(let text, let certainty):
      callerTexts.append((text, certainty))
    case .agent(let text):
      // What broke off before its first word was not said.
      guard !Words.tokens(text, most: 1).isEmpty else { return }
      finishCallerTurn()
      played.append(text)
    case .call(let id, let tool):
      finishCallerTurn()
      tools[id] = tool
    case .result(let id, let content, let failed):
      finishCallerTurn()
      guard let tool = tools.removeValue(forKey: id) else { return }
      answer = ours.result(of: tool, ToolResult(content: content, failed: failed))
      // A tool that has run has run, whoever asked for it.
      theirs = ours
      played = []
    }
  }

  private mutating func finishCallerTurn() {
    guard !callerTexts.isEmpty else { return }
    let input = Input(callerTexts, matcher: ours.matcher, today: ours.moment.today)
    callerTexts = []
    let foreign = settle()
    theirs = ours
    theirs.collect(input)
    answer = foreign ? ours.takeOver(input) : ours.answer(input)
    played = []
  }

  /// Decides by what was played which of the two states holds. True: another provider spoke last.
  private mutating func settle() -> Bool {
    // Before the first reply whatever was played is the host's greeting.
    guard answer != nil, !ours.heard(played) else { return false }
    ours = theirs
    return true
  }

  mutating func reply() -> Reply {
    finishCallerTurn()
    guard let answer else { return greeting() }
    guard !played.isEmpty else { return answer }
    if settle() { return ours.takeOver(.silence) }
    return rest(of: answer)
  }

  /// What remains of a reply after a part of it was played; nothing remains of one that was heard whole but its question.
  private mutating func rest(of reply: Reply) -> Reply {
    var rest = reply
    rest.sentences = Array(reply.sentences.dropFirst(Heard(reply.sentences, in: played).whole))
    return rest.sentences.isEmpty ? ours.ask(ours.asked) : rest
  }

  private mutating func greeting() -> Reply {
    var reply = Reply()
    reply.sentences = ours.flow.greet
    return rest(of: reply)
  }
}
