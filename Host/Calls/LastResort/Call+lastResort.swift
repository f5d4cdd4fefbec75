// What the caller gets when every provider of a role has failed: one step after the other, until one helps or the call ends.

import Base
import Journal
import Loader
import Tenants
import Vox

extension Call {
  /// How long the caller may think about a menu.
  private static let menuMs = 10_000
  /// How long a message may be.
  private static let messageMs = 60_000
  /// So long a silence ends a message.
  private static let messageSilenceMs = 4000

  /// Nobody of the role's chain could do it: the next step of its last resort.
  ///
  /// - Parameter wasAsked: false when the role was lost before it had anything to do; then nobody is asked to say anything again.
  func resort(_ role: Role, _ error: ProviderError, wasAsked: Bool = true) {
    guard state == .answered, !isFinishing else { return }
    // Who is being connected to somebody else may never need it.
    guard connecting == nil else { return (lost, lostRole) = (error, role) }
    let steps = steps(of: role)
    resorting = nil
    if !wasAsked, resorts[role] == nil { resorts[role] = steps.prefix { if case .repeat = $0 { true } else { false } }.count }
    let index = resorts[role, default: 0]
    resorts[role] = index + 1
    guard steps.indices.contains(index) else { return end(.noProvider, problem: error) }
    take(steps[index], role, error)
  }

  /// The role serves again: the next failure begins with the first step.
  func recovered(_ role: Role) { resorts[role] = nil }

  /// Without a choice of the tenant: a model may have had a bad moment, so the caller is asked to say it again; then the agent's line.
  private func steps(of role: Role) -> [Chain.LastResort] {
    let chosen = chains[role]?.chain.lastResort ?? []
    if !chosen.isEmpty { return chosen }
    return (role == .llm ? [.repeat(nil)] : []) + [.say(Chain.Line(agent.lastResort))]
  }

  private func take(_ step: Chain.LastResort, _ role: Role, _ error: ProviderError) {
    let isLast = resorts[role, default: 0] >= steps(of: role).count
    switch step {
    case .say(let line) where isLast: finish(.noProvider, saying: line, problem: error)
    case .say(let line): announce(line) { [weak self] in self?.resort(role, error) }
    case .repeat(let line): announce(line ?? Chain.Line(agent.confidence.againQuestion), .question)
    case .menu(let menu):
      announce(menu.prompt, .question)
      // It could not be said, and so the last words are being said.
      guard !isFinishing else { return }
      self.menu = (menu, role, error)
      set(.menu, at: max(loop.now, playout.soundsUntil).advanced(byMs: Self.menuMs))
    case .message(let line): announce(line) { [weak self] in self?.takeMessage(error) }
    case .transfer(let name):
      resorting = (role, error)
      transfer(to: name)
    }
  }

  /// Says a line of the last resort, if there is one, and does what follows it.
  private func announce(_ line: Chain.Line?, then next: @escaping () -> Void) {
    // Set before: a voice that fails at once decides by itself what follows.
    afterSpeech = next
    if let line { announce(line, .lastResort) }
    if !speaker.isSpeaking { runAfterSpeech() }
  }

  /// A key while a menu is offered; true when it was one of the menu's.
  func choose(_ key: Character) -> Bool {
    guard let (menu, role, error) = menu, let step = menu.keys[String(key)] else { return false }
    self.menu = nil
    clear(.menu)
    speaker.giveWay()
    take(step, role, error)
    return true
  }

  /// Nobody has chosen.
  func menuEnded() {
    guard let (_, role, error) = menu else { return }
    menu = nil
    resort(role, error)
  }

  /// Says a line, with the voice or, when there is none, from its recording; without either nothing is heard and the call goes on.
  func announce(_ line: Chain.Line, _ source: Fact.AgentSaid.Source, interruptible: Bool = true) {
    let recorded = isVoiceLost || line.recording != nil ? ports.recorded(line, tenant.id, agent.id, playout.rate) : nil
    if let recorded {
      // No voice will speak what still waits for one.
      if isVoiceLost, speaker.isWaitingForVoice {
        closeTurn(.failed)
        speaker.abandon()
      }
      thinker.context.saying(speaker.say(recorded, source, interruptible: interruptible, turn: turn))
    } else if !isVoiceLost {
      thinker.context.saying(speaker.say(line.text, source, interruptible: interruptible, turn: turn))
    }
  }

  // MARK: Messages

  /// Keeps what the caller says from now on, until a longer silence or a hang-up.
  private func takeMessage(_ error: ProviderError) {
    guard state == .answered else { return }
    // What is said now is no turn.
    isFinishing = true
    message = Message(samples: [], error: error)
    message?.samples.reserveCapacity(line.rate * Self.messageMs / 1000)
    // Who says nothing at all is not recorded for a minute.
    set(.message, afterMs: agent.silence.afterMs)
  }

  /// A frame of the caller's while a message is taken. The room was made at the beginning.
  func keep(_ samples: UnsafeBufferPointer<Int16>) {
    guard let count = message?.samples.count, count + samples.count <= line.rate * Self.messageMs / 1000 else { return }
    message?.samples.append(contentsOf: samples)
  }

  /// The caller is silent: so the message is over if that lasts.
  func messagePaused() {
    guard message != nil else { return }
    set(.message, afterMs: Self.messageSilenceMs)
  }

  /// The message is over: it is kept, and the call ends.
  func messageEnded() {
    guard let message else { return }
    keepMessage()
    end(.noProvider, problem: message.error)
  }

  /// Hands the message to whoever keeps it; also when the caller hangs up in the middle.
  func keepMessage() {
    guard let taken = message else { return }
    message = nil
    clear(.message)
    guard taken.samples.count > line.rate / 2 else { return }
    ports.keepMessage(id, taken.samples, line.rate)
    write(.messageTaken(Fact.MessageTaken(text: "", recordedMs: Double(taken.samples.count) * 1000 / Double(max(line.rate, 1)))))
  }

  struct Message {
    var samples: [Int16]
    let error: ProviderError
  }
}
