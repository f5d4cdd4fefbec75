// One conversation: its line, ears, mind and voice, from the offer to the last fact.

public import Base
import Failover
public import Journal
public import Loader
import Media
import PluginABI
import Speech
public import Tenants
public import Vox

/// A call lives on one loop for its whole life; nothing of it is touched elsewhere.
///
/// This file holds its life; `Call+caller` what the caller does, `Call+agent` what the agent does, `Call+line` what the line does.
public final class Call: TimerTarget {
  enum State { case opening, answered, ending, ended }

  /// What the call may be woken for.
  enum Wake: UInt64, CaseIterable {
    case endpoint = 1, interruption, filler, silence, maxDuration, keypad, lastWords, menu, message
  }

  public let id: CallID
  public let tenant: Tenant
  public let agent: Agent
  let loop: CallLoop
  let table: SessionTable
  let ports: CallPorts
  let subject: Subject
  let line = Line()
  let playout: Playout
  let speaker: Speaker
  let listener: Listener
  let thinker: Thinker
  let chains: [Role: RoleChain]
  private let whenEnded: (Call) -> Void

  var state = State.opening
  /// The call's zero: when it was answered, before that when it was offered.
  var epoch: Instant
  private var timers: [Wake: TimerID] = [:]

  // The caller's turn.
  var turn = 0
  var interruption: Interruption
  var endpointer: Endpointer
  var keypad: KeypadEntry
  /// What a listener says while another speaks; the longest first, so that "uh-huh" is not taken for "uh".
  let backchannels: [String.UTF8View]
  var finals: [Listener.Words] = []
  /// Guesses whose finals are owed, in order. A recogniser that is asked for what it has goes on with a new guess meanwhile.
  var guesses: [Listener.Words] = []
  /// A turn that ended while the agent could not be interrupted; answered when it falls silent.
  var holdsTurn = false
  var expectation = Expectation.open
  /// What was heard so unclearly that the agent asked whether it was right.
  var unconfirmed: String?
  /// The moments of the open turn, and of the one the caller is making.
  var marks = CallMarks()
  var coming = CallMarks()
  var turnIsOpen = false
  /// What was taken as the last turn.
  var taken: [Listener.Words] = []
  /// What was taken as it was guessed, in order; a final that comes after all brings it again.
  var takenGuesses: [Listener.Words] = []

  // The agent's turn.
  var answer: Thinker.Answer?
  var chunker = SpeechChunker()
  /// Takes the markup out of the answer before it is cut into pieces.
  var plain: Speakable
  var fillersSaid = 0
  var silencePrompts = 0
  /// How many steps of a role's last resort have been taken since it served last.
  var resorts: [Role: Int] = [:]
  /// The role whose last resort is a transfer that is being tried.
  var resorting: (Role, ProviderError)?
  var menu: (Chain.Menu, Role, ProviderError)?
  var message: Message?
  /// Nothing can be said but what was made ahead.
  var isVoiceLost = false
  var afterSpeech: (() -> Void)?
  /// How long the caller waits at present before a filler, Ms.
  var patienceMs = 0
  /// The sound over the agent's speech: when it began, when the pause was decided, when the line was silent.
  var onset: Instant?
  var decided: Instant?
  var silentSince: Instant?
  /// The agent is saying its last words; nothing the caller does changes that.
  var isFinishing = false
  var lastCause = Fact.CallEnded.Cause.agentEnded
  var lastProblem: ProviderError?
  var lastWords = Chain.Line("")
  /// Whom the caller is being connected to, and since when. What they say or do meanwhile waits for the outcome.
  var connecting: (target: String, since: Instant)?
  /// A role nobody is left for; found before there was anybody to tell.
  var lost: ProviderError?
  var lostRole = Role.stt
  private var usages = 0
  private var ending: Fact.CallEnded?

  /// - Parameters:
  ///   - table: the sessions of the loop this call lives on; make and touch the call there.
  ///   - whenEnded: called once, on the loop, when the last fact is written.
  public init(
    id: CallID, tenant: Tenant, agent: Agent, lineRate: Int, table: SessionTable, ports: CallPorts,
    whenEnded: @escaping (Call) -> Void
  ) {
    self.id = id
    self.tenant = tenant
    self.agent = agent
    self.table = table
    self.ports = ports
    self.whenEnded = whenEnded
    loop = table.loop
    subject = Subject(call: id, tenant: tenant.id, agent: agent.id)
    epoch = table.loop.now
    playout = Playout(rate: lineRate, loop: table.loop, line: line)
    let context = Call.context(id, tenant, agent)
    func chain(_ role: Role, settings: JSONValue = .object([:]), rate: Int = 0) -> RoleChain {
      RoleChain(
        role, agent.chains[role] ?? tenant.chains[role] ?? Chain([]), tenant: tenant.id, settings: settings, context: context, rate: rate,
        ports: ports, on: table)
    }
    let chains: [Role: RoleChain] = [
      .stt: chain(.stt, settings: Call.vocabulary(ports, tenant, agent), rate: lineRate), .llm: chain(.llm),
      .tts: chain(.tts, rate: lineRate),
    ]
    self.chains = chains
    plain = Speakable(.written(ssml: agent.ssml))
    speaker = Speaker(
      loop: table.loop, chain: chains[.tts] ?? chain(.tts, rate: lineRate), playout: playout,
      style: { SpeechStyle(language: agent.language, traits: $0, ssml: agent.ssml) },
      leveller: tenant.matchesLoudness ? Leveller(ports.voiceLevels, target: VoiceLevel.Target(), rate: lineRate) : nil,
      sounds: ports.sounds)
    var cleaning: NoiseSuppression.Options = []
    if agent.line.noiseSuppression { cleaning.insert(.suppressNoise) }
    if agent.line.gainControl { cleaning.insert(.controlGain) }
    listener = Listener(
      loop: table.loop, chain: chains[.stt] ?? chain(.stt), rate: lineRate, detector: ports.voiceDetector(lineRate, table.loop),
      cleaner: cleaning.isEmpty ? nil : NoiseSuppression(sampleRate: UInt32(lineRate), options: cleaning))
    let fallbacks = agent.chains[.tool] ?? tenant.chains[.tool] ?? Chain([])
    let notes = ChainNotes()
    let toolbox = Toolbox(loop: table.loop, callID: id, fallbacks: fallbacks) { chain in
      let made = RoleChain(.tool, chain, tenant: tenant.id, context: context, rate: 0, ports: ports, on: table)
      made.owner = notes
      return made
    }
    let clock = table.loop.clock
    thinker = Thinker(loop: table.loop, agent: agent, chain: chains[.llm] ?? chain(.llm), toolbox: toolbox) {
      ports.localTime(tenant.timezone, clock.wallMs)
    }
    interruption = Interruption(Interruption.Settings(agent.turnTaking.interruption))
    backchannels = agent.turnTaking.interruption.backchannels.sorted { $0.count > $1.count }.map(\.utf8)
    endpointer = Endpointer(settings: Endpointer.Settings(agent.turnTaking.endpointing))
    keypad = KeypadEntry(
      pauseMs: agent.keys.pauseMs, terminator: agent.keys.terminator.first, maxDigits: agent.keys.maxDigits)
    notes.call = self
    for chain in chains.values { chain.owner = notes }
    line.owner = self
    line.playout = playout
    speaker.owner = self
    listener.owner = self
    thinker.owner = self
  }

  private static func context(_ id: CallID, _ tenant: Tenant, _ agent: Agent) -> JSONValue {
    [
      "call": .string(id.text), "tenant": .string(tenant.id), "agent": .string(agent.id), "direction": "in",
      "language": .string(agent.language),
    ]
  }

  // MARK: Beginning

  /// Claims the offer and opens everything the call needs, all at once, so that the slowest alone decides when it is ready.
  public func begin(_ telephony: Provider, offer: JSONValue) {
    write(
      .callOffered(
        Fact.CallOffered(
          provider: telephony.name, from: offer["from"]?.string.map(MaskedNumber.init), to: offer["to"]?.string,
          reference: offer["id"]?.string, drill: ports.drill?.text)))
    line.open(
      telephony, offer: offer["id"]?.string ?? "", settings: .object([:]), context: Call.context(id, tenant, agent), on: table)
    for role in [Role.stt, .llm, .tts] {
      guard let plan = chains[role]?.plan, plan.candidates.isEmpty else { continue }
      let reasons = plan.skipped.map { "\($0.candidate.account.provider): \($0.reason)" }.joined(separator: "; ")
      return end(
        .noProvider,
        problem: ProviderError(.unavailable, "no provider for \(role.name): \(reasons.isEmpty ? "none is configured" : reasons)"))
    }
    listener.open()
    thinker.open()
    speaker.open()
  }

  private static func vocabulary(_ ports: CallPorts, _ tenant: Tenant, _ agent: Agent) -> JSONValue {
    guard agent.vocabulary, let vocabulary = ports.vocabulary(tenant.id, agent.id) else { return .object([:]) }
    return ["vocabulary": vocabulary.json]
  }

  /// The line is up: the disclosure first and to its end, then the greeting.
  func answered() {
    guard state == .opening else { return }
    state = .answered
    epoch = loop.now
    write(.callAnswered(Fact.CallAnswered(provider: line.provider, rateHz: line.rate)))
    write(.turnStarted(Fact.TurnStarted(turn: 0, cause: .answer)))
    set(.maxDuration, afterMs: agent.maxDurationMs)
    if !agent.disclosure.isEmpty { speaker.say(agent.disclosure, .disclosure, interruptible: false, turn: 0) }
    // Who has no voice does not greet; what is to be done instead is under way.
    guard state == .answered, !isVoiceLost else { return }
    if let problem = lost { return resort(lostRole, problem, wasAsked: false) }
    switch agent.greeting {
    case .none: break
    case .text(let text): thinker.context.saying(speaker.say(text, .greeting, turn: 0))
    case .fromModel: beginAnswer(heard: "", committed: true, mayAct: false, source: .greeting)
    }
    if !speaker.isSpeaking { awaitCaller() }
  }

  // MARK: Ending

  /// Ends the call for the given cause. The line is let go at once; the last fact is written when every provider has told what it
  /// consumed, within a second.
  public func end(_ cause: Fact.CallEnded.Cause, problem: ProviderError? = nil) {
    guard state != .ending, state != .ended else { return }
    let wasAnswered = state == .answered
    state = .ending
    let durationMs = wasAnswered ? Int(loop.now.ms(since: epoch).rounded()) : 0
    ending = Fact.CallEnded(
      cause: wasAnswered || cause != .callerHungUp ? cause : .notAnswered, durationMs: durationMs, problem: problem.map(Problem.init))
    keepMessage()
    for wake in Wake.allCases { clear(wake) }
    let reason: Reason = cause == .shutdown ? .shutdown : .hangUp
    closeTurn(.superseded)
    thinker.close(reason)
    speaker.close(reason)
    listener.close(reason)
    playout.close()
    line.hangUp(reason)
    endWhenClosed()
  }

  /// Writes the last fact once all sessions are gone.
  func endWhenClosed() {
    guard let ending, state == .ending, line.isClosed, thinker.isClosed, chains.values.allSatisfy(\.isClosed) else { return }
    state = .ended
    write(.callEnded(ending))
    whenEnded(self)
  }

  /// Says the last words and hangs up when they were heard.
  func finish(_ cause: Fact.CallEnded.Cause, saying text: String, problem: ProviderError? = nil) {
    finish(cause, saying: Chain.Line(text), problem: problem)
  }

  func finish(_ cause: Fact.CallEnded.Cause, saying line: Chain.Line, problem: ProviderError? = nil) {
    guard !isFinishing else { return }
    isFinishing = true
    clear(.silence)
    clear(.filler)
    clear(.menu)
    menu = nil
    supersedeAnswer()
    holdsTurn = false
    if interruption.isPaused {
      // Who is about to interrupt does not interrupt the last words.
      _ = interruption.event(.agentSilent, at: nowMs)
      clear(.interruption)
      speaker.giveWay()
      closeTurn(.interrupted)
    }
    lastCause = cause
    lastProblem = problem
    lastWords = line
    // Whatever becomes of the voice, the call ends.
    set(.lastWords, afterMs: 15_000)
    sayLastWords()
  }

  func sayLastWords() {
    let (cause, problem) = (lastCause, lastProblem)
    afterSpeech = { [weak self] in self?.end(cause, problem: problem) }
    if !lastWords.text.isEmpty { announce(lastWords, cause == .noProvider ? .lastResort : .farewell, interruptible: false) }
    if !speaker.isSpeaking { runAfterSpeech() }
  }

  func runAfterSpeech() {
    let action = afterSpeech
    afterSpeech = nil
    action?()
  }

  // MARK: Time

  /// Milliseconds since the call was answered.
  var nowMs: UInt64 { UInt64(max(loop.now.ms(since: epoch), 0)) }

  func ms(_ at: Instant) -> Double { at.ms(since: epoch) }

  func set(_ wake: Wake, afterMs: Int) { set(wake, at: loop.now.advanced(byMs: afterMs)) }

  func set(_ wake: Wake, atMs: UInt64) { set(wake, at: epoch.advanced(byMs: Int(clamping: atMs))) }

  func set(_ wake: Wake, at: Instant) {
    loop.cancel(timers[wake])
    timers[wake] = loop.timer(self, token: wake.rawValue, at: at)
  }

  func isSet(_ wake: Wake) -> Bool { timers[wake] != nil }

  func clear(_ wake: Wake) { loop.cancel(timers.removeValue(forKey: wake)) }

  public func timerFired(token: UInt64) {
    guard let wake = Wake(rawValue: token), state == .answered else { return }
    timers[wake] = nil
    switch wake {
    case .endpoint: act(endpointer.event(.timer, at: nowMs))
    case .interruption: act(interruption.event(.timer, at: nowMs))
    case .filler: sayFiller()
    case .silence: promptSilence()
    case .maxDuration: finish(.maxDuration, saying: agent.farewell)
    case .keypad: act(keypad.pause())
    case .lastWords: end(lastCause, problem: lastProblem)
    case .menu: menuEnded()
    case .message: messageEnded()
    }
  }

  // MARK: Facts

  func write(_ fact: Fact) { ports.journal.append(fact, about: subject) }

  /// What concerns more than this call.
  func writeAboutHost(_ fact: Fact) { ports.journal.append(fact, about: .host) }

  /// An attempt that has ended, with what it consumed; each usage has an id of its own for ever.
  func note(_ attempt: Attempt) {
    write(
      .attempt(
        Fact.Attempt(
          turn: attempt.turn, role: attempt.role.name, provider: attempt.provider, op: attempt.op, kind: attempt.kind,
          outcome: attempt.outcome, cause: attempt.error.map(Problem.init), startedMs: ms(attempt.startedAt),
          readyMs: attempt.readyAt.map(ms), firstOutputMs: attempt.firstOutputAt.map(ms),
          endedMs: ms(attempt.endedAt ?? loop.now), units: attempt.units, cost: attempt.cost)))
    for (meter, amount) in attempt.amounts.sorted(by: { $0.key < $1.key }) {
      usages += 1
      write(
        .usage(
          Fact.Usage(
            id: "\(id)/\(usages)", role: attempt.role.name, provider: attempt.provider, meter: meter, amount: amount.amount,
            label: amount.label.isEmpty ? nil : amount.label, estimated: amount.estimated)))
    }
  }
}

extension Interruption.Settings {
  init(_ configured: TurnTaking.Interruption) {
    self.init(
      enabled: configured.enabled, minWords: configured.minWords, minDurationMs: configured.minDurationMs,
      resumeAfterMs: configured.falseInterruptionTimeoutMs)
  }
}

extension Endpointer.Settings {
  init(_ configured: TurnTaking.Endpointing) {
    self.init()
    mode = configured.mode == .dynamic ? .dynamic : .fixed
    minDelayMs = UInt64(configured.minDelayMs)
    maxDelayMs = UInt64(configured.maxDelayMs)
  }
}
