// A voice that a tenant defines once, with its counterpart at every provider.

import Config
import Testing
import Vox

@testable import Tenants

@Suite struct VoicesTests {
  private static let voices = """
    voices:
      anna: {near: slt, far: {voice: x17, speed: 2}}
      bea: {near: awb}
    voice: anna
    """

  private func tenant(_ text: String = voices) -> Loaded<Voices> {
    ConfigFile.read(text: text, path: "tenant.yaml") { Voices($0) }
  }

  /// The settings an agent's chain of voices ends up with, and the complaints.
  private func agent(_ text: String) throws -> (settings: [JSONValue], problems: [String]) {
    let voices = try #require(tenant().value)
    let chains: [Role: Chain] = [.stt: Chain("a"), .llm: Chain("a"), .tts: Chain("near", "far")]
    let loaded = ConfigFile.read(text: "name: A\n" + text, path: "agents/a.yaml") {
      Agent(id: "a", $0, language: "en-US", chains: chains, voices: voices)
    }
    return (loaded.value?.chains[.tts]?.links.map(\.settings) ?? [], loaded.problems.map(\.message))
  }

  /// Whoever speaks, first choice or fallback, is asked for its own counterpart of the tenant's voice.
  @Test func counterparts() throws {
    #expect(tenant().problems.isEmpty)
    let usual = try agent("")
    #expect(usual.problems.isEmpty)
    #expect(usual.settings == [["voice": "slt"], ["voice": "x17", "speed": 2]])
  }

  /// A vendor's number for a voice is its name, in the short form and the long one.
  @Test func numbersAreNames() {
    let read = tenant("voices: {anna: {near: 55592656, far: {voice: 0042, model: 7, speed: 2}}}")
    #expect(read.problems.isEmpty)
    #expect(read.value?.counterparts["anna"] == ["near": ["voice": "55592656"], "far": ["voice": "0042", "model": "7", "speed": 2]])
  }

  /// What a chain says itself goes before the tenant's voice.
  @Test func ownChoice() throws {
    let own = try agent("voice: bea\nchains: {tts: [near, {provider: far, voice: mine}]}")
    #expect(own.problems.isEmpty)
    #expect(own.settings == [["voice": "awb"], ["voice": "mine"]])
  }

  /// A voice that nobody defined, or that a provider of the chain does not have, is refused with what to write where.
  @Test func mistakes() throws {
    #expect(try agent("voice: carla").problems.contains { $0.contains("no voice 'carla'") && $0.contains("anna, bea") })
    #expect(try agent("voice: bea").problems.contains { $0.contains("no counterpart at 'far'") && $0.contains("voices.bea") })
    #expect(tenant("voices: {'a b': {near: slt}}").problems.contains { $0.message.contains("'a b'") })
    #expect(tenant("voice: anna").problems.contains { $0.message.contains("there are: none") })
  }
}
