// Lines that every caller hears are spoken once.

@testable import Calls
import Journal
import Speech
import Tenants
import Testing
import Vox

@Suite struct RepeatedLineTests {
  private static let greeting = "welcome to the clinic. how may we help you today"

  private func world(_ sounds: AudioCache, voiceRate: Int? = nil, _ agent: (inout Agent) throws -> Void = { _ in }) throws -> World {
    try World(voiceRate: voiceRate, sounds: sounds) {
      $0.greeting = .text(Self.greeting)
      try agent(&$0)
    }
  }

  /// The second caller hears the greeting although the voice is asked for nothing, at whatever rate it speaks, and the books say the same.
  @Test(arguments: [nil, 16_000])
  func spokenOnce(voiceRate: Int?) throws {
    let sounds = AudioCache()
    let world = try world(sounds, voiceRate: voiceRate)
    let first = world.answeredCall()
    world.run(until: { world.said.count == 1 })
    let asked = world.stage.sayings.count
    #expect(asked > 0 && sounds.counts.sounds == asked)
    let second = world.answeredCall()
    world.run(until: { world.said.count == 2 })
    #expect(world.stage.sayings.count == asked)
    #expect(world.said == [Self.greeting, Self.greeting])
    #expect(second.heard == first.heard && second.fragments == first.fragments)
    // Resampled sound carries no words for the puppet caller; as much of it was heard, without a break.
    let lengths = [first, second].map { caller in caller.lastSound().map { ($0 - caller.pickedUpAt) / 20_000_000 } ?? 0 }
    #expect(lengths[1] > 100 && lengths[1] <= lengths[0], "frames of 20 ms: \(lengths)")
    if voiceRate == nil { #expect(second.heard.split(separator: " ").count == 10 && second.fragments.isEmpty) }
    #expect(world.facts(Fact.AgentSaid.self).map(\.provider) == ["voice", "voice"])
  }

  /// Cut off in a line that was not spoken for it, a caller counts as having heard the same words as one for whom it was.
  @Test func cutsAtTheSameWord() throws {
    let sounds = AudioCache()
    let world = try world(sounds)
    _ = world.answeredCall()
    world.run(until: { world.said.count == 1 })
    world.stage.answers([Stage.says("yes")])
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 3 })
    caller.says("stop that please now")
    world.run(until: { world.said.count == 2 })
    let heard = caller.heard.split(separator: " ").prefix(8).joined(separator: " ")
    let booked = try #require(world.said.last)
    #expect(heard.hasPrefix(booked.filter { $0 != "." }), "\(booked) of \(heard)")
    #expect(booked.split(separator: " ").count >= 3 && booked != Self.greeting)
  }

  /// What was cut, and what only this caller is told, is not kept.
  @Test func keepsWholeLinesForEverybody() throws {
    let sounds = AudioCache()
    let world = try world(sounds)
    // As fast as it is heard: what is cut has not been made.
    world.stage.voice.speedPermille = 1100
    world.stage.answers([Stage.says("your number is five")])
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 6 })
    caller.says("what is my number please")
    world.run(until: { world.said.contains("your number is five") })
    // The first piece had been heard to its end; the second was cut.
    #expect(sounds.counts.sounds == 1)
    let before = world.stage.sayings.count
    _ = world.answeredCall()
    world.run(until: { world.said.count == 3 })
    #expect(world.stage.sayings[before...] == ["how may we help you today"])
  }

  /// A voice that broke off in a line leaves nothing behind that the next caller would hear; two voices in one line are not kept.
  @Test func brokenLinesAreNotKept() throws {
    let sounds = AudioCache()
    let world = try World(providers: ["line", "ears", "mind", "voice", "second", "hands"], sounds: sounds) {
      $0.greeting = .text(Self.greeting)
      $0.chains[.tts] = Chain("voice", "second")
    }
    world.stage.voice.faults[1] = Stage.VoiceFault.cut(afterMs: 700)
    let caller = world.answeredCall()
    world.run(until: { world.said.count == 1 })
    #expect(world.said == [Self.greeting] && caller.fragments.isEmpty)
    #expect(sounds.counts.sounds == 1, "only the piece that one voice has spoken whole")
  }

  /// A line that was made ahead is followed by one that the voice has to speak, in order and without a word over another.
  @Test func aRecordingIsFollowedByTheVoice() throws {
    let sounds = AudioCache()
    let world = try world(sounds)
    _ = world.answeredCall()
    world.run(until: { world.said.count == 1 })
    world.stage.answers([Stage.says("we open at nine")])
    let caller = world.answeredCall()
    world.run(until: { caller.heard.hasSuffix("today") })
    caller.says("when do you open", afterMs: 200)
    world.run(until: { world.said.count == 3 })
    #expect(caller.heard.hasSuffix("today we open at nine"))
  }

  /// One line that was made ahead follows another while the phone still plays that: each is said once.
  @Test func aRecordingIsFollowedByARecording() throws {
    let sounds = AudioCache()
    let world = try world(sounds) { $0.disclosure = "you are talking to a computer" }
    let first = world.answeredCall()
    world.run(until: { world.said.count == 2 })
    let asked = world.stage.sayings.count
    let second = world.answeredCall()
    world.run(until: { world.said.count == 4 })
    #expect(world.stage.sayings.count == asked)
    #expect(second.heard == "you are talking to a computer \(Self.greeting)")
    #expect(second.heard == first.heard && second.fragments.isEmpty)
  }
}
