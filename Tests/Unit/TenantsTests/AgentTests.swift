// Agents as their files describe them.

import Config
import Testing
import Vox

@testable import Tenants

private let chains: [Role: Chain] = [.stt: Chain("ears"), .llm: Chain("model"), .tts: Chain("voice")]

private func read(_ text: String, language: String = "en-US", chains: [Role: Chain] = chains) -> Loaded<Agent> {
  ConfigFile.read(text: text, path: "agents/a.yaml") { Agent(id: "a", $0, language: language, chains: chains) }
}

private func problems(_ text: String) -> [String] {
  read("name: A\n" + text).problems.map { "\($0.line.map(String.init) ?? "-") \($0.field): \($0.message)" }
}

@Suite struct AgentTests {
  /// A file with nothing but a name is an agent with every default.
  @Test func defaults() {
    var expected = Agent(id: "a", name: "A")
    expected.chains = chains
    #expect(read("name: A").value == expected)
    #expect(expected.turnTaking.endpointing.minDelayMs == 500 && expected.turnTaking.endpointing.maxDelayMs == 3000)
  }

  /// Every key is read into its place.
  @Test func everyKey() throws {
    let text = """
      name: Front
      language: de-CH
      disclosure: Hier spricht ein Computer.
      greeting: Guten Tag.
      instructions: Sei kurz.
      chains:
        stt: [ears, {provider: other, model: m1, settings: {rate: 8000}}]
        tts: {provider: voice, voice: anna, settings: {voice: ignored, speed: 1.1}}
      tools:
        - name: book
          description: Books.
          provider: calendar
          timeoutMs: 4000
          maxResultBytes: 1000
          fillerAfterMs: 700
          schema: {type: object, required: [day], properties: {day: {type: string}}}
        - {name: plain, description: Needs nothing., provider: calendar}
      turnTaking:
        endpointing: {mode: dynamic, minDelayMs: 300, maxDelayMs: 900}
        interruption: {enabled: false, minWords: 2, minDurationMs: 250, falseInterruptionTimeoutMs: 800, backchannels: [ja, genau]}
        preemptiveGeneration: false
      fillers: {afterMs: 900, lines: [Moment.]}
      silence: {afterMs: 5000, prompts: [Hallo?], thenEnd: false}
      confidence: {accept: 0.7, confirm: 0.4, confirmQuestion: "Meinten Sie {heard}?", againQuestion: Wie bitte?}
      keys: {enabled: true, pauseMs: 2000, terminator: "*", maxDigits: 10, interrupts: false}
      line: {noiseSuppression: true, gainControl: true, comfortNoise: false}
      vocabulary: false
      transfers: {front desk: +41 44 123 45 67, bob: Bob@example.org}
      maxDurationMs: 60000
      farewell: Auf Wiederhören.
      lastResort: Es tut mir leid.
      """
    let loaded = read(text)
    #expect(loaded.problems.map(\.description) == [])
    let agent = try #require(loaded.value)
    #expect(agent.name == "Front" && agent.language == "de-CH" && agent.disclosure == "Hier spricht ein Computer.")
    #expect(agent.greeting == .text("Guten Tag.") && agent.instructions == "Sei kurz.")
    #expect(agent.chains[.stt]?.links.map(\.provider) == ["ears", "other"])
    #expect(agent.chains[.stt]?.links[1].settings == ["model": "m1", "rate": 8000])
    #expect(agent.chains[.stt]?.links[1].place == Place(file: "agents/a.yaml", line: 7))
    #expect(agent.chains[.tts]?.links.map(\.settings) == [["voice": "anna", "speed": 1.1]])
    #expect(agent.chains[.llm] == chains[.llm])
    let book = try #require(agent.tools.first)
    #expect(book.name == "book" && book.provider == "calendar" && book.timeoutMs == 4000 && book.maxResultBytes == 1000)
    #expect(book.fillerAfterMs == 700)
    #expect(book.arguments.problems(in: ["day": "friday"]).isEmpty)
    #expect(book.arguments.problems(in: [:]).count == 1)
    #expect(agent.tools[1].arguments.problems(in: [:]).isEmpty)
    #expect(agent.turnTaking.endpointing.mode == .dynamic && agent.turnTaking.endpointing.maxDelayMs == 900)
    #expect(!agent.turnTaking.interruption.enabled && agent.turnTaking.interruption.minWords == 2)
    #expect(agent.turnTaking.interruption.backchannels == ["ja", "genau"] && !agent.turnTaking.preemptiveGeneration)
    #expect(agent.fillers.lines == ["Moment."] && agent.silence.prompts == ["Hallo?"] && !agent.silence.thenEnd)
    #expect(agent.confidence.accept == 0.7 && agent.confidence.confirm == 0.4)
    #expect(agent.keys.terminator == "*" && !agent.keys.interrupts && agent.line.noiseSuppression && !agent.line.comfortNoise)
    #expect(!agent.vocabulary && agent.transfers == ["front desk": "+41441234567", "bob": "bob@example.org"])
    #expect(agent.maxDurationMs == 60_000 && agent.farewell == "Auf Wiederhören.")
  }

  /// The model may greet; any other word in that place is refused.
  @Test func greetingFromModel() {
    #expect(read("name: A\ngreeting: {from: model}").value?.greeting == .fromModel)
    #expect(problems("greeting: {from: heaven}") == ["2 greeting.from: expected model, found 'heaven'"])
    #expect(problems("greeting: {form: model}").count == 2)
  }

  /// Each mistake is told with its line, its field and what was expected.
  @Test(arguments: [
    ("chain: x", "2 chain: unknown key; did you mean 'chains'?"),
    ("chains: {tts: []}", "2 chains.tts: expected 1 to 8 values, found 0"),
    ("chains: {tts: [a, b, a]}", "2 chains.tts[2]: the provider 'a' is already in this chain"),
    ("chains: {tts: [../a]}", "2 chains.tts[0]: expected the name of a provider, found '../a'"),
    ("chains: {knowledge: a}", "2 chains.knowledge: unknown key; known here: llm, room, stt, telephony, tool, tts"),
    (
      "tools:\n  - name: x y\n    description: d\n    provider: p",
      "3 tools[0].name: expected letters, digits, '-' or '_', at most 64, found 'x y'"
    ),
    (
      "tools:\n  - {name: x, description: d, provider: p}\n  - {name: x, description: d, provider: p}",
      "4 tools[1]: the tool 'x' is given twice"
    ),
    (
      "tools:\n  - name: x\n    description: d\n    provider: p\n    schema:\n      type: object\n      oneOf: []",
      "8 tools[0].schema.oneOf: the keyword 'oneOf' is not supported; remove it or describe it in words"
    ),
    (
      "tools: [{name: x, description: d, provider: p, schema: {type: string}}]",
      "2 tools[0].schema: the arguments of a tool are an object; write 'type: object'"
    ),
    (
      "tools: [{name: x, description: d, provider: p, timeoutMs: 5}]",
      "2 tools[0].timeoutMs: expected a whole number from 100 to 120000, found '5'"
    ),
    (
      "turnTaking:\n  endpointing:\n    minDelayMs: 900\n    maxDelayMs: 100",
      "5 turnTaking.endpointing.maxDelayMs: must not be less than minDelayMs, which is 900"
    ),
    ("turnTaking: {endpointing: {mode: psychic}}", "2 turnTaking.endpointing.mode: expected fixed, dynamic, found 'psychic'"),
    ("confidence: {accept: 0.2, confirm: 0.4}", "2 confidence.confirm: must not be above accept, which is 0.2"),
    ("confidence: {confirmQuestion: Really?}", "2 confidence.confirmQuestion: expected a text with {heard} in it"),
    ("keys: {terminator: x}", "2 keys.terminator: expected one of 0-9, *, #, A-D, or nothing in quotes, found 'x'"),
    ("transfers: {desk: not a number}", "2 transfers.desk: expected a telephone number or an address, found 'not a number'"),
    ("language: english", "2 language: expected a language such as en-US, found 'english'"),
    ("maxDurationMs: 0", "2 maxDurationMs: expected a whole number from 10000 to 43200000, found '0'"),
    ("silence: {prompts: []}", "2 silence.prompts: expected 1 to 10 values, found 0"),
    ("fillers: {afterMs: 60000}", "2 fillers.afterMs: expected a whole number from 300 to 20000, found '60000'"),
  ])
  func mistakes(text: String, told: String) {
    #expect(problems(text) == [told])
  }

  /// A role without any provider is told where it can be named.
  @Test func missingChain() {
    let loaded = read("name: A", chains: [.stt: Chain("ears"), .llm: Chain("model")])
    #expect(loaded.problems.map(\.message) == ["no providers for the role 'tts'; name them in chains.tts, here or in tenant.yaml"])
  }

  /// An agent of another language must bring the lines it speaks by itself, and does not take English words for backchannels.
  @Test func otherLanguages() {
    let loaded = read("name: A", language: "fr-FR")
    #expect(
      loaded.problems.map(\.field) == [
        "fillers.lines", "silence.prompts", "confidence.confirmQuestion", "confidence.againQuestion", "farewell", "lastResort",
      ])
    let lines = """
      name: A
      fillers: {lines: [Un instant.]}
      silence: {prompts: [Vous êtes là ?]}
      confidence: {confirmQuestion: "{heard} ?", againQuestion: Pardon ?}
      farewell: Au revoir.
      lastResort: Désolé.
      """
    #expect(read(lines, language: "fr-FR").value?.turnTaking.interruption.backchannels == [])
  }

  /// A tool made in code is checked as one from a file.
  @Test func toolInCode() throws {
    let tool = try Tool(name: "x", description: "d", provider: "p")
    #expect(tool.arguments.problems(in: "text").count == 1)
    #expect(throws: JSONSchema.Problem.self) { try Tool(name: "x", description: "d", provider: "p", schema: ["pattern": "x"]) }
  }
}

@Suite struct WordsTests {
  /// Numbers lose what people write for the eye; addresses lose their capitals; anything else is neither.
  @Test(
    arguments: [
      ("+1 (555) 010-0100", "+15550100100"), ("0041.44.123", "004144123"), ("Reception", "reception"),
      ("sip:bob@example.org", "sip:bob@example.org"),
      ("", nil), ("+", "+"), ("two words", nil), ("a\nb", nil), (String(repeating: "1", count: 33), nil), ("#31#", nil),
    ] as [(String, String?)])
  func addresses(text: String, address: String?) {
    #expect(Words.address(text) == address)
  }

  /// Language tags have the form of BCP 47.
  @Test func languages() {
    for tag in ["en", "en-US", "de-CH", "zh-Hant-TW", "es-419", "gsw"] { #expect(Words.isLanguage(tag)) }
    for tag in ["", "e", "EN", "en-us", "en_US", "english", "en-", "en-US-x", "de-CH-CH"] { #expect(!Words.isLanguage(tag)) }
  }

  /// Time zones are names, never ways out of their folder.
  @Test func timeZones() {
    for name in ["UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires"] { #expect(TimeZones.knows(name)) }
    for name in ["", "/etc/passwd", "../../etc/passwd", "Europe//Zurich", "a/b/c/d"] { #expect(!TimeZones.knows(name)) }
  }
}
