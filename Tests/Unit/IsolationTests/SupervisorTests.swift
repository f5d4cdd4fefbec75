// The supervisor and the watchdog, walked through by hand: no process, no clock.

import Base
import CommonHarness
import Glibc
import Testing

@testable import Isolation

@Suite struct SupervisorTests {
  private var random = Random(seed: 1)
  private let start = Instant(ns: 1_000_000_000)

  private func at(_ ms: Int) -> Instant { start.advanced(byMs: ms) }

  /// Three deaths within ten seconds are followed by a restart at once, the fourth by a quarantine of 5 s ±10 %.
  @Test mutating func intensity() {
    var supervisor = Supervisor()
    for i in 0..<3 { #expect(supervisor.died(at: at(i * 100), wasSpare: false, hasSpare: false, random: &random) == .restart) }
    guard case .quarantine(let until) = supervisor.died(at: at(300), wasSpare: false, hasSpare: false, random: &random) else {
      return #expect(Bool(false), "no quarantine")
    }
    #expect(until >= at(300 + 4500) && until <= at(300 + 5500))
    #expect(supervisor.tick(at: at(300 + 4499)) == nil)
    #expect(supervisor.tick(at: until) == .restart)
    #expect(supervisor.tick(at: until) == nil)
  }

  /// Deaths that lie further apart than the window never lead to a quarantine.
  @Test mutating func rareDeaths() {
    var supervisor = Supervisor()
    for i in 0..<100 { #expect(supervisor.died(at: at(i * 3400), wasSpare: false, hasSpare: false, random: &random) == .restart) }
    #expect(supervisor.crashes == 100)
  }

  /// A worker that dies on probation doubles the quarantine, up to five minutes ±10 %.
  @Test mutating func doubling() {
    var supervisor = Supervisor()
    var now = at(0)
    for _ in 0..<3 { _ = supervisor.died(at: now, wasSpare: false, hasSpare: false, random: &random) }
    var lengths: [Int] = []
    for _ in 0..<12 {
      guard case .quarantine(let until) = supervisor.died(at: now, wasSpare: false, hasSpare: false, random: &random) else {
        return #expect(Bool(false), "no quarantine")
      }
      lengths.append(Int(until.ms(since: now)))
      #expect(supervisor.tick(at: until) == .restart)
      now = until.advanced(byMs: 1)
    }
    for (i, length) in lengths.enumerated() {
      let exact = min(5000 << i, 300_000)
      #expect(length >= exact * 9 / 10 - 1 && length <= exact * 11 / 10 + 1, "\(i): \(length)")
    }
    // A worker that outlives the longest quarantine starts from the beginning.
    now = now.advanced(byMs: 300_001)
    for _ in 0..<3 { #expect(supervisor.died(at: now, wasSpare: false, hasSpare: false, random: &random) == .restart) }
    guard case .quarantine(let until) = supervisor.died(at: now, wasSpare: false, hasSpare: false, random: &random) else {
      return #expect(Bool(false), "no quarantine")
    }
    #expect(until.ms(since: now) < 5600)
  }

  /// A ready spare serves at once; a spare that dies is replaced; the operator's word lifts a quarantine.
  @Test mutating func spares() {
    var supervisor = Supervisor()
    #expect(supervisor.died(at: at(0), wasSpare: false, hasSpare: true, random: &random) == .promote)
    #expect(supervisor.died(at: at(1), wasSpare: true, hasSpare: false, random: &random) == .replaceSpare)
    #expect(supervisor.died(at: at(2), wasSpare: false, hasSpare: true, random: &random) == .promote)
    guard case .quarantine = supervisor.died(at: at(3), wasSpare: false, hasSpare: true, random: &random) else {
      return #expect(Bool(false), "no quarantine")
    }
    #expect(supervisor.clear(at: at(4)) == .restart)
    #expect(supervisor.clear(at: at(5)) == nil)
    #expect(!supervisor.isQuarantined)
  }

  /// In a thousand seeded lives no worker is started while the plugin is quarantined, and every quarantine ends.
  @Test func invariants() {
    for seed in 1...1000 as ClosedRange<UInt64> {
      var random = Random(seed: seed)
      var supervisor = Supervisor()
      var now = start
      var isUp = true
      var waits = 0
      for _ in 0..<200 {
        now = now.advanced(byMs: Int.random(in: 1...4000, using: &random))
        if isUp {
          let action = supervisor.died(at: now, wasSpare: false, hasSpare: Bool.random(using: &random), random: &random)
          if case .quarantine(let until) = action {
            #expect(until > now && until <= now.advanced(byMs: 330_000))
            isUp = false
            waits += 1
          }
        } else if let action = supervisor.tick(at: now) {
          #expect(action == .restart)
          isUp = true
        } else if case .quarantined(let until) = supervisor.state {
          #expect(now < until)
          now = until
        }
      }
      #expect(waits > 0)
    }
  }

  /// Silence is asked about once, and only after a second of it is the worker given up; a word from it starts over.
  @Test func watchdog() {
    var dog = Watchdog(.init())
    func tick(_ ms: Int, heard: Bool = false) -> Watchdog.Action { dog.tick(.init(heard: heard), at: at(ms)) { idle } }
    #expect(tick(0, heard: true) == .none)
    #expect(tick(250) == .ping)
    #expect(tick(500) == .none)
    #expect(tick(750, heard: true) == .none)
    #expect(tick(1000) == .ping)
    #expect(tick(1500) == .none)
    #expect(tick(1999) == .none)
    #expect(tick(2000) == .hung(.silent(ms: 1000)))
  }

  /// A call that does not come back is a hang though the worker answers everything else.
  @Test func hangingCall() {
    var dog = Watchdog(.init())
    #expect(dog.tick(.init(heard: true, sessionCallMs: 999), at: at(0)) { idle } == .none)
    #expect(dog.tick(.init(heard: true, sessionCallMs: 1000), at: at(1)) { idle } == .hung(.hang(ms: 1000)))
    #expect(dog.tick(.init(heard: true, providerCallMs: 9999), at: at(2)) { idle } == .none)
    #expect(dog.tick(.init(heard: true, providerCallMs: 10_000), at: at(3)) { idle } == .hung(.hang(ms: 10_000)))
  }

  /// Time in which the watch was not run itself does not count: the worker was not run then either, for all that anybody knows.
  @Test func stoppedMachine() {
    var dog = Watchdog(.init())
    #expect(dog.tick(.init(heard: true, sessionCallMs: 100), at: at(0)) { idle } == .none)
    #expect(dog.tick(.init(heard: true, sessionCallMs: 5100), at: at(5000)) { idle } == .none)
    #expect(dog.tick(.init(heard: true, sessionCallMs: 5350), at: at(5250)) { idle } == .none)
    #expect(dog.tick(.init(heard: true, sessionCallMs: 5600), at: at(5500)) { idle } == .hung(.hang(ms: 1000)))
    // Nor is it counted for the next call.
    #expect(dog.tick(.init(heard: true, sessionCallMs: 999), at: at(6600)) { idle } == .none)
    #expect(dog.tick(.init(heard: true, sessionCallMs: 1100), at: at(6701)) { idle } == .hung(.hang(ms: 1000)))
  }

  /// A worker that could run and is not let is waited for, not for ever; one that runs and does not come back is a hang.
  @Test(arguments: [(100, true, 10_000), (600, true, 1_000), (100, false, 1_000)])
  func starved(_ usedMs: Int, _ isRunnable: Bool, _ givenUpAfterMs: Int) {
    var dog = Watchdog(.init())
    var givenUp: Int?
    for ms in stride(from: 0, through: 20_000, by: 250) where givenUp == nil {
      let share = ProcessorShare(usedMs: ms == 0 ? 0 : usedMs, isRunnable: isRunnable)
      if dog.tick(.init(heard: true, sessionCallMs: ms), at: at(ms), share: { share }) != .none { givenUp = ms }
    }
    #expect(givenUp == givenUpAfterMs)
  }

  /// The kernel tells of a process what it used and whether it runs.
  @Test func share() {
    let before = ProcessorShare.of(getpid())
    #expect(before.isRunnable)
    var patience = Patience()
    while ProcessorShare.of(getpid()).usedMs < before.usedMs + 20, patience.counts() {}
    #expect(ProcessorShare.of(getpid()).usedMs >= before.usedMs + 20)
    #expect(ProcessorShare.of(4_194_305) == idle, "more than Linux numbers processes to")
  }
}

/// A process that waits for something.
private let idle = ProcessorShare(usedMs: 0, isRunnable: false)
