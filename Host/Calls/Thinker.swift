// The agent's mind: the language model's answers and the tools it calls, for one turn at a time.

import Base
import Journal
import Loader
import PluginABI
import Speech
import Tenants
import Vox

/// Who is told what the model wants.
protocol ThinkerOwner: AnyObject {
  /// The next text of the answer.
  func thinker(_ answer: Thinker.Answer, text: String)
  /// The answer is complete.
  func thinkerFinished(_ answer: Thinker.Answer)
  /// No answer is to be had.
  func thinkerFailed(_ answer: Thinker.Answer, _ error: ProviderError)
  /// Tools are about to run: what the answer says from here on comes after their results.
  func thinkerActs(_ answer: Thinker.Answer)
  /// A tool runs and may take a while.
  func thinkerWaits(_ answer: Thinker.Answer, forMs: Int?)
  /// What a tool wants said meanwhile.
  func thinker(_ answer: Thinker.Answer, progress text: String)
  func thinkerTool(_ call: Fact.ToolCalled)
  /// An answer that was begun early has been used or wasted, and what it cost is known.
  func thinkerPreempted(_ answer: Thinker.Answer)
  /// The model broke off: what was given to the voice stays, but of a piece that was not whole only what the caller hears already.
  /// Answers what stays.
  func thinkerBrokeOff(_ answer: Thinker.Answer) -> String
}

/// Runs the chain of language models and the tools. An answer belongs to one turn; a newer turn withdraws it.
final class Thinker: WorkRunOwner {
  /// One answer in the making.
  final class Answer {
    let turn: Int
    let heard: String
    /// The turn it answers is over for sure. Until then no tool runs.
    fileprivate(set) var isCommitted: Bool
    /// What was heard is sure enough to act on.
    let mayAct: Bool
    fileprivate(set) var startedAt: Instant
    /// The moment at which the text came that was taken last.
    fileprivate(set) var lastTextAt: Instant
    fileprivate(set) var expectation = Expectation.open
    fileprivate(set) var endsCall = false
    fileprivate(set) var transfer: String?
    fileprivate(set) var units: [Units] = []
    var utterance: Utterance?
    /// What was given to the voice since a model was asked last, whatever was said in between.
    fileprivate(set) var given = ""
    fileprivate var round = 0
    /// What is being asked of a model; nil between the rounds.
    fileprivate var run: WorkRun?
    /// Another model goes on with what one had begun.
    fileprivate var continuation: Continuation?
    fileprivate var calls: [ToolCall] = []
    /// What the model wants back with its calls, until the turn is over for sure and it belongs to the conversation.
    fileprivate var opaque: [(plugin: String, data: String)] = []
    fileprivate var isDone = false
    /// It was begun before its turn was over; `isSettled` when the owner knows what became of that.
    fileprivate let wasEarly: Bool
    fileprivate var isWithdrawn = false
    fileprivate var isSettled = false
    /// The model has said all it has to say.
    fileprivate(set) var isFinished = false
    func give(_ part: SpeechChunker.Part) {
      if part.begins, !given.isEmpty { given += " " }
      given += part.text
    }

    /// The voice does not say the end of what it was given.
    func takeBack(_ text: String) {
      given = String(decoding: given.utf8.dropLast(text.utf8.count), as: UTF8.self)
      while given.last?.isWhitespace == true { given.removeLast() }
    }

    /// A tool was called for it: it can no longer be taken back as if nothing had happened.
    var hasActed: Bool { round > 0 }

    fileprivate init(turn: Int, heard: String, committed: Bool, mayAct: Bool, at now: Instant) {
      self.turn = turn
      self.heard = heard
      isCommitted = committed
      wasEarly = !committed
      self.mayAct = mayAct
      startedAt = now
      lastTextAt = now
    }
  }

  fileprivate struct ToolCall {
    /// The model's; once it is made, unlike that of any other call of the conversation.
    var id: String
    let name: String
    let arguments: JSONValue
    /// It is part of the conversation, and its result will be.
    var isMade = false
    var isRunning = false
    var result: (content: String, isError: Bool)?
  }

  /// Dependent tool rounds of one turn; a model that wants more is going in circles.
  private static let maxRounds = 6
  private static let maxCallsPerRound = 16
  /// However lively a model is, an answer that takes longer is none for a telephone.
  private static let answerLimitMs = 60_000

  private let loop: CallLoop
  private let agent: Agent
  private let toolbox: Toolbox
  weak var owner: (any ThinkerOwner)?
  private let chain: RoleChain
  var context: ChatContext
  private(set) var answer: Answer?
  /// Answers that were withdrawn and whose tries have not all ended for the books.
  private var ending: [ObjectIdentifier: Answer] = [:]
  private let localTime: () -> String
  private let summariser: Summariser
  /// Ids of the tool calls that were made.
  private var madeCalls: Set<String> = []

  init(loop: CallLoop, agent: Agent, chain: RoleChain, toolbox: Toolbox, localTime: @escaping () -> String) {
    self.loop = loop
    self.agent = agent
    self.chain = chain
    self.toolbox = toolbox
    self.localTime = localTime
    summariser = Summariser(chain: chain)
    context = ChatContext(instructions: agent.instructions)
  }

  /// Opens the model's session, so that it is ready for the first turn.
  func open() { chain.warm() }

  // MARK: Answers

  /// An answer to what the context holds; `begin` asks for it. Two steps, because it may fail at once.
  func answer(turn: Int, heard: String, committed: Bool, mayAct: Bool) -> Answer {
    withdraw(.superseded)
    let answer = Answer(turn: turn, heard: heard, committed: committed, mayAct: mayAct, at: loop.now)
    self.answer = answer
    return answer
  }

  func begin(_ answer: Answer) { ask(answer) }

  /// The turn is over for sure: tools may run.
  func commit(_ answer: Answer) {
    guard !answer.isCommitted else { return }
    answer.isCommitted = true
    settle(answer)
    keepOpaque(answer)
    if answer.run == nil, !answer.isDone, !answer.calls.isEmpty { runTools(answer) }
  }

  /// Stops working on the present answer.
  func withdraw(_ reason: Reason) {
    guard let answer else { return }
    answer.isWithdrawn = true
    settle(answer)
    guard !answer.isDone else { return }
    answer.isDone = true
    if let run = answer.run {
      ending[ObjectIdentifier(run)] = answer
      run.cancel(reason)
    }
    for call in answer.calls where call.isRunning { toolbox.cancel(call.id, reason) }
    // A model must never see a call without its result.
    for call in answer.calls where call.isMade && call.result == nil {
      context.answered(id: call.id, content: "cancelled: the caller went on speaking", isError: true)
    }
  }

  private func ask(_ answer: Answer) {
    answer.startedAt = loop.now
    answer.continuation = nil
    answer.given = ""
    let run = WorkRun(chain.work(thousandths: context.approximateTokens), name: "chat", turn: answer.turn, over: chain, owner: self)
    answer.run = run
    run.begin()
  }

  func turnBegan() { toolbox.turnBegan() }

  func turnEnded(_ turn: Int) { summariser.turnEnded(turn, context, tools: agent.tools.map(\.forModel)) }

  func adopt(fallbacks: Chain) { toolbox.adopt(fallbacks) }

  /// Nothing is left of its tools.
  var isClosed: Bool { toolbox.isClosed }

  private func fail(_ answer: Answer, _ error: ProviderError) {
    guard !answer.isDone else { return }
    answer.isDone = true
    owner?.thinkerFailed(answer, error)
  }

  /// Tells the owner once what became of an early answer, when its op has ended.
  private func settle(_ answer: Answer) {
    guard answer.wasEarly, !answer.isSettled, answer.run == nil, answer.isCommitted || answer.isWithdrawn else { return }
    answer.isSettled = true
    owner?.thinkerPreempted(answer)
  }

  // MARK: From the models

  private func answer(of run: WorkRun) -> Answer? { answer?.run === run ? answer : nil }

  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID? {
    guard let answer = answer(of: run) else { return nil }
    let tools = agent.tools.map(\.forModel)
    var messages = summariser.fit(context.messages(for: session.provider.manifest.id), tools: tools, for: session)
    if answer.continuation != nil, !session.traits.bool("prefill") { messages.append(ChatMessage(.user, Self.goOn)) }
    let request = ChatRequest(messages: messages, tools: tools, now: localTime())
    return session.start(OpKind.chat, body: request.text, deadline: loop.now.advanced(byMs: Self.answerLimitMs))
  }

  /// For models that cannot be given the beginning of their own answer.
  private static let goOn =
    "(Your answer broke off because the line to you was lost. Go on exactly where it stopped, with the next word; repeat nothing.)"

  func run(_ run: WorkRun, isOutput event: ProviderEvent) -> Bool {
    switch event.kind {
    case .text: event.text.map { $0.text.len > 0 } ?? false
    case .toolCall: true
    // It may have nothing to say and still something to do.
    case .completed: (try? event.text?.text.json()).map { isOutput($0, of: run) } ?? false
    default: false
    }
  }

  private func isOutput(_ result: JSONValue, of run: WorkRun) -> Bool {
    if result["end_call"] != nil || result["transfer"] != nil || result["expect"] != nil { return true }
    // Asked to go on where another broke off, a model may find that all has been said; but not in the middle of a sentence.
    return result["stop"]?.string == "end" && answer(of: run)?.continuation?.mayBeWhole ?? false
  }

  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession) {
    guard let answer = answer(of: run) else { return }
    switch event.kind {
    case .text: if let text = event.text?.text.string { take(answer, text, at: Instant(ns: event.at)) }
    case .toolCall: if let tool = event.tool { take(answer, tool) }
    case .opaque:
      guard let data = event.text?.text.string, !answer.isDone else { break }
      answer.opaque.append((session.provider.manifest.id, data))
      keepOpaque(answer)
    default: break
    }
  }

  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError) {
    guard let answer = answer(of: run) else { return }
    // A call that was not whole was never made; one that was is asked for again by whoever goes on.
    answer.calls.removeAll { $0.result == nil }
    answer.opaque = []
    let said = owner?.thinkerBrokeOff(answer) ?? ""
    // Without a word said there is nothing to go on with.
    answer.continuation = said.isEmpty ? nil : Continuation(after: said)
  }

  func run(_ run: WorkRun, finishedBy session: ProviderSession, result: JSONValue) {
    guard let answer = answer(of: run) else { return }
    let rest = answer.continuation?.finish() ?? ""
    if !rest.isEmpty { owner?.thinker(answer, text: rest) }
    ended(answer, run)
    completed(answer, result)
  }

  func run(_ run: WorkRun, exhausted error: ProviderError) {
    guard let answer = answer(of: run) else { return }
    ended(answer, run)
    fail(answer, error)
  }

  func runEnded(_ run: WorkRun) {
    guard let answer = ending.removeValue(forKey: ObjectIdentifier(run)) else { return }
    ended(answer, run)
  }

  private func ended(_ answer: Answer, _ run: WorkRun) {
    answer.units += run.units
    answer.run = nil
    settle(answer)
  }

  private func take(_ answer: Answer, _ text: String, at: Instant) {
    guard !answer.isDone, !text.isEmpty else { return }
    let text = answer.continuation?.take(text) ?? text
    guard !text.isEmpty else { return }
    // A plugin may say when it was; it cannot have been before it was asked, nor after now.
    answer.lastTextAt = max(answer.startedAt, min(at, loop.now))
    owner?.thinker(answer, text: text)
  }

  private func take(_ answer: Answer, _ tool: vox_ev_tool) {
    guard !answer.isDone, answer.calls.count < Self.maxCallsPerRound else { return }
    let arguments = (try? tool.arguments.json()) ?? .null
    answer.calls.append(ToolCall(id: tool.id.string, name: tool.name.string, arguments: arguments))
  }

  private func keepOpaque(_ answer: Answer) {
    guard answer.isCommitted else { return }
    for item in answer.opaque { context.opaque(plugin: item.plugin, data: item.data) }
    answer.opaque = []
  }

  private func completed(_ answer: Answer, _ result: JSONValue) {
    guard !answer.isDone else { return }
    if let expect = result["expect"].flatMap(Expectation.init(json:)) { answer.expectation = expect }
    if result["end_call"]?.bool == true { answer.endsCall = true }
    if let target = result["transfer"]?.string { answer.transfer = target }
    if answer.calls.contains(where: { $0.result == nil }) {
      if answer.isCommitted { runTools(answer) }
      return
    }
    answer.isDone = true
    answer.isFinished = true
    owner?.thinkerFinished(answer)
  }

  // MARK: Tools

  private func runTools(_ answer: Answer) {
    answer.round += 1
    owner?.thinkerActs(answer)
    for index in answer.calls.indices where answer.calls[index].result == nil {
      answer.calls[index].id = unused(answer.calls[index].id)
      answer.calls[index].isMade = true
      let call = answer.calls[index]
      context.called(id: call.id, name: call.name, arguments: call.arguments)
    }
    guard answer.round <= Self.maxRounds else { return refuseTools(answer) }
    for index in answer.calls.indices where answer.calls[index].result == nil { invoke(answer, index) }
    if !answer.isDone, answer.calls.contains(where: \.isRunning) {
      owner?.thinkerWaits(answer, forMs: answer.calls.compactMap { agent.tool($0.name)?.fillerAfterMs }.min())
    }
    next(answer)
  }

  /// Many a server counts its calls anew in every answer. A call that has the id of an earlier one would be taken for it by the tool, which
  /// does nothing twice, and a conversation with both is refused by models that others hand over to.
  private func unused(_ id: String) -> String {
    let name = id.isEmpty ? "call" : id
    var unused = name
    var number = 1
    while !madeCalls.insert(unused).inserted {
      number += 1
      unused = "\(name)-\(number)"
    }
    return unused
  }

  /// Once more the model may answer; when it wants tools again, it is given up.
  private func refuseTools(_ answer: Answer) {
    for call in answer.calls where call.result == nil {
      finish(answer, call.id, "refused: too many tool rounds in one turn; answer the caller now", true)
    }
    if answer.round > Self.maxRounds + 1 {
      return fail(answer, ProviderError(.internal, "the model called tools \(answer.round) times in one turn", code: "tool_rounds"))
    }
    next(answer)
  }

  private func invoke(_ answer: Answer, _ index: Int) {
    let call = answer.calls[index]
    func refuse(_ reason: String, _ outcome: Fact.ToolCalled.Outcome) {
      owner?.thinkerTool(
        Fact.ToolCalled(
          turn: answer.turn, name: call.name, id: call.id, provider: agent.tool(call.name)?.provider ?? "",
          argumentsBytes: call.arguments.text.utf8.count, outcome: outcome, ms: 0))
      finish(answer, call.id, reason, true)
    }
    guard let tool = agent.tool(call.name) else { return refuse("there is no tool named \(call.name)", .failed) }
    guard answer.mayAct else {
      return refuse("not done: what the caller said was not understood clearly; ask the caller to confirm, then call again", .lowConfidence)
    }
    let problems = tool.arguments.problems(in: call.arguments)
    guard problems.isEmpty else {
      return refuse("invalid arguments: \(problems.map(\.description).joined(separator: "; "))", .invalidArguments)
    }
    answer.calls[index].isRunning = true
    let startedAt = loop.now
    toolbox.invoke(
      tool, id: call.id, arguments: call.arguments, turn: answer.turn,
      progress: { [weak self, weak answer] text in if let answer { self?.owner?.thinker(answer, progress: text) } }
    ) { [weak self, weak answer] outcome in
      guard let self, let answer else { return }
      owner?.thinkerTool(
        Fact.ToolCalled(
          turn: answer.turn, name: call.name, id: call.id, provider: tool.provider,
          argumentsBytes: call.arguments.text.utf8.count, resultBytes: outcome.content.utf8.count, outcome: outcome.kind,
          ms: loop.now.ms(since: startedAt)))
      guard !answer.isDone else { return }
      if outcome.endsCall { answer.endsCall = true }
      if let target = outcome.transfer { answer.transfer = target }
      finish(answer, call.id, outcome.content, outcome.kind != .done)
      next(answer)
    }
  }

  private func finish(_ answer: Answer, _ id: String, _ content: String, _ isError: Bool) {
    guard let index = answer.calls.firstIndex(where: { $0.id == id && $0.result == nil }) else { return }
    answer.calls[index].isRunning = false
    answer.calls[index].result = (content, isError)
    context.answered(id: id, content: content, isError: isError)
  }

  /// Asks the model again once every call of the round has its result.
  private func next(_ answer: Answer) {
    guard !answer.isDone, answer.run == nil, !answer.calls.isEmpty, answer.calls.allSatisfy({ $0.result != nil }) else { return }
    answer.calls = []
    ask(answer)
  }

  func close(_ reason: Reason) {
    withdraw(reason)
    chain.close(reason)
    toolbox.close(reason)
  }
}

extension Agent {
  func tool(_ name: String) -> Tool? { tools.first { $0.name == name } }
}

extension Tool {
  /// As the model is told of it.
  var forModel: ToolDescription { ToolDescription(name: name, description: description, schema: schema) }
}
