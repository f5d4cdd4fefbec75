// When the agent pauses, gives way or goes on: the machine alone.

import Base
import Media
import Testing

@testable import Calls

@Suite struct InterruptionMachineTests {
  private func speaking(_ change: (inout Interruption.Settings) -> Void = { _ in }) -> Interruption {
    var settings = Interruption.Settings()
    change(&settings)
    var machine = Interruption(settings)
    _ = machine.event(.agentSpeaks(interruptible: true), at: 1000)
    return machine
  }

  /// The first sound pauses; a withdrawn one resumes at once.
  @Test func clickResumes() {
    var machine = speaking()
    let actions = [machine.event(.voice(.provisional(at: 0)), at: 2000), machine.event(.voice(.withdrawn(at: 0)), at: 2032)]
    #expect(actions == [.pause, .resume])
    #expect(!machine.isPaused)
  }

  /// Speech that ends without words resumes after the configured silence, asked for by one timer.
  @Test func endedSpeechResumes() {
    var machine = speaking()
    _ = machine.event(.voice(.provisional(at: 0)), at: 2000)
    _ = machine.event(.voice(.started(at: 0)), at: 2032)
    let atEnd = machine.event(.voice(.ended(at: 0)), at: 2400)
    #expect(atEnd == .none)
    #expect(machine.wakeMs == 2900)
    let early = machine.event(.timer, at: 2899)
    #expect(early == .none)
    let due = machine.event(.timer, at: 2900)
    #expect(due == .resume)
    #expect(machine.wakeMs == nil)
  }

  /// Clear speech of half a second takes the turn, unclear speech does not.
  @Test(arguments: [true, false]) func sustainedSpeech(isClear: Bool) {
    var machine = speaking()
    _ = machine.event(.voice(.provisional(at: 0)), at: 2000)
    _ = machine.event(.voice(.started(at: 0)), at: 2032)
    if isClear { _ = machine.event(.voice(.confirmed(at: 0)), at: 2224) }
    let action = machine.event(.timer, at: 2500)
    #expect(action == (isClear ? .giveWay : .none))
  }

  /// One word takes the turn, a backchannel does not; enough real words always do.
  @Test func words() {
    var machine = speaking()
    _ = machine.event(.voice(.provisional(at: 0)), at: 2000)
    let backchannel = machine.event(.words(count: 1, backchannel: true), at: 2300)
    #expect(backchannel == .none)
    let word = machine.event(.words(count: 2, backchannel: false), at: 2400)
    #expect(word == .giveWay)
    #expect(!machine.isPaused)
  }

  /// With a minimum of words speech alone is never enough.
  @Test func minimumOfWords() {
    var machine = speaking { $0.minWords = 2 }
    _ = machine.event(.voice(.provisional(at: 0)), at: 2000)
    _ = machine.event(.voice(.confirmed(at: 0)), at: 2224)
    let actions = [
      machine.event(.timer, at: 9000), machine.event(.words(count: 1, backchannel: false), at: 9100),
      machine.event(.words(count: 2, backchannel: false), at: 9200),
    ]
    #expect(actions == [.none, .none, .giveWay])
  }

  /// Legal text, a silent agent and an agent that may not be interrupted are not paused by anything.
  @Test func notInterruptible() {
    for prepare in [
      { (machine: inout Interruption) in _ = machine.event(.agentSpeaks(interruptible: false), at: 1500) },
      { (machine: inout Interruption) in _ = machine.event(.agentSilent, at: 1500) },
    ] {
      var machine = speaking()
      prepare(&machine)
      let actions = [
        machine.event(.voice(.provisional(at: 0)), at: 2000), machine.event(.words(count: 9, backchannel: false), at: 2100),
        machine.event(.key, at: 2200),
      ]
      #expect(actions == [.none, .none, .none])
    }
    var off = speaking { $0.enabled = false }
    let action = off.event(.voice(.provisional(at: 0)), at: 2000)
    #expect(action == .none)
  }

  /// A key takes the turn at once, from speech and from a pause.
  @Test func key() {
    var machine = speaking()
    let first = machine.event(.key, at: 2000)
    #expect(first == .giveWay)
    machine = speaking()
    _ = machine.event(.voice(.provisional(at: 0)), at: 2000)
    let second = machine.event(.key, at: 2050)
    #expect(second == .giveWay)
  }

  /// Whatever comes in whatever order: a resume or a turn given away only follows a pause or speech, and a timer is only wanted
  /// while the agent is paused.
  @Test func anyOrder() {
    var random = Random(seed: 5)
    for _ in 0..<200 {
      var machine = speaking()
      var isPaused = false
      var now: UInt64 = 2000
      for _ in 0..<200 {
        now += UInt64.random(in: 0...300, using: &random)
        let event: Interruption.Event =
          [
            .agentSpeaks(interruptible: true), .agentSilent, .voice(.provisional(at: 0)), .voice(.withdrawn(at: 0)),
            .voice(.started(at: 0)),
            .voice(.confirmed(at: 0)), .voice(.ended(at: 0)), .voice(.background(at: 0)), .words(count: 1, backchannel: true),
            .words(count: 2, backchannel: false), .key, .timer,
          ].randomElement(using: &random) ?? .timer
        let action = machine.event(event, at: now)
        if action == .pause { #expect(!isPaused) }
        if action == .resume { #expect(isPaused) }
        isPaused = machine.isPaused
        if machine.wakeMs != nil { #expect(isPaused) }
      }
    }
  }
}
