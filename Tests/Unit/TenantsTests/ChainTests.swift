// Chains as tenants write them: every form, every default, every mistake.

import CommonHarness
import Config
import Failover
import Testing
import Vox

@testable import Tenants

private func read(_ text: String) -> Loaded<[Role: Chain]> {
  ConfigFile.read(text: "chains:\n" + text, path: "tenant.yaml") { Chain.all($0) }
}

private func problems(_ text: String) -> [String] {
  read(text).problems.map { "\($0.line.map(String.init) ?? "-") \($0.field): \($0.message)" }
}

@Suite struct ChainTests {
  /// Every key of the long form is read into its place.
  @Test func everyKey() throws {
    let text = """
        tts:
          sticky: turn
          deadlines: {connectMs: 2000, firstOutputMs: 800, stallMs: 900}
          hedge: p95
          hedgeCap: {perHour: 40, costPerHour: {amount: 1.50, currency: EUR}}
          require: {regions: [EU, ch], agreements: [dpa], maxPrice: {amount: 0.02, currency: EUR, per: thousandCharacters}}
          providers: [near, {provider: far, voice: x, model: y, settings: {speed: 2}, deadlines: {firstOutputMs: 400}}]
          lastResortAfterMs: 3000
          lastResort:
            - say: Sorry.
            - repeat
            - menu: {say: Press one., keys: {"1": {transfer: desk}, "#": message, "2": {say: Good day.}}}
            - transfer: desk
            - {message: After the tone.}
      """
    let loaded = read(text)
    #expect(loaded.problems.map(\.description) == [])
    let chain = try #require(loaded.value?[.tts])
    #expect(chain.links.map(\.provider) == ["near", "far"])
    #expect(chain.links[1].settings == ["voice": "x", "model": "y", "speed": 2])
    #expect(chain.sticky == .turn && chain.hedge == .p95)
    #expect(chain.hedgeCap == SpendCap(perHour: 40, costPerHour: Money(micros: 1_500_000, "EUR")))
    let most = Price(Money(micros: 20_000, "EUR"), per: .thousandCharacters)
    #expect(chain.require == Rules(regions: ["eu", "ch"], agreements: ["dpa"], maxPrice: most))
    #expect(chain.deadlines(of: chain.links[0], for: .tts) == Deadlines(connectMs: 2000, firstOutputMs: 800, stallMs: 900))
    #expect(chain.deadlines(of: chain.links[1], for: .tts) == Deadlines(connectMs: 2000, firstOutputMs: 400, stallMs: 900))
    #expect(chain.overallMs(for: .tts) == 3000)
    let menu = Chain.Menu(
      Chain.Line("Press one."), keys: ["1": .transfer("desk"), "#": .message(nil), "2": .say(Chain.Line("Good day."))])
    #expect(
      chain.lastResort == [
        .say(Chain.Line("Sorry.")), .repeat(nil), .menu(menu), .transfer("desk"), .message(Chain.Line("After the tone.")),
      ])
    #expect(chain.transfers == ["desk", "desk"])
  }

  /// The short forms are chains with the usual policy, in every role that a chain is chosen for.
  @Test func shortForms() {
    let chains = read(
      "  {stt: a, llm: [a, b], tts: {provider: a, deadlines: {stallMs: 300}}, tool: [a], telephony: {providers: a}, room: [a, b]}"
    ).value
    #expect(
      chains?.mapValues { $0.links.map(\.provider) } == [
        .stt: ["a"], .llm: ["a", "b"], .tts: ["a"], .tool: ["a"], .telephony: ["a"], .room: ["a", "b"],
      ])
    for (role, chain) in chains ?? [:] {
      #expect(chain.hedge == .off && chain.hedgeCap == SpendCap(perHour: 100) && chain.require == Rules() && chain.lastResort.isEmpty)
      #expect(chain.overallMs(for: role) >= chain.deadlines(of: chain.links[0], for: role).firstOutputMs)
    }
    #expect(chains?[.tts].map { $0.deadlines(of: $0.links[0], for: .tts).stallMs } == 300)
  }

  /// Where nothing was chosen, voices, recognisers and lines stay for the call, and with all of a role dead three seconds are kept.
  @Test func usual() {
    let chain = Chain("a", "b")
    #expect(Chain.choosable.map { chain.stickiness(for: $0) } == [.call, .turn, .call, .turn, .call, .call])
    for role in Chain.roles { #expect(chain.overallMs(for: role) <= 2500) }
    #expect(chain.deadlines(of: chain.links[0], for: .llm).firstOutputMs == 980)
    #expect(chain.deadlines(of: chain.links[0], for: .stt).stallMs == 1450)
  }

  /// A link that may take long is waited for, although the last resort would usually come sooner; and whoever follows it has its time too.
  @Test func patience() throws {
    let slow = "{provider: slow, deadlines: {firstOutputMs: 9000}}"
    #expect(try #require(read("  llm: \(slow)").value?[.llm]).overallMs(for: .llm) == 9000)
    #expect(try #require(read("  llm: [\(slow), quick]").value?[.llm]).overallMs(for: .llm) == 9800)
  }

  /// A hedge may be off, by percentile, or after so many milliseconds.
  @Test(arguments: [("off", .off), ("p95", .p95), ("250", .fixedMs(250))] as [(String, Hedge)])
  func hedges(text: String, hedge: Hedge) {
    #expect(read("  tts: {providers: [a, b], hedge: \(text)}").value?[.tts]?.hedge == hedge)
  }

  /// A recorded line is found beside the file and nowhere else.
  @Test func recordings() throws {
    let folder = Scratch()
    try folder.write("sorry.wav", "RIFF")
    let path = folder.path + "/tenant.yaml"
    func chain(_ name: String) -> Loaded<[Role: Chain]> {
      let text = "chains: {tts: {providers: a, lastResort: {say: Sorry., recording: !path \(name)}}}"
      return ConfigFile.read(text: text, path: path) { Chain.all($0) }
    }
    guard case .say(let line)? = chain("sorry.wav").value?[.tts]?.lastResort.first else { return #expect(Bool(false), "no line") }
    #expect(line.recording?.hasSuffix("/sorry.wav") == true)
    #expect(chain("missing.wav").problems.map(\.field) == ["chains.tts.lastResort.recording"])
  }

  /// Each mistake is told with its line, its field and what to do.
  @Test(arguments: [
    ("  tts: {sticky: call}", "2 chains.tts.providers: missing; expected the providers in the order in which they are asked"),
    ("  tts: {providers: a, sticky: week}", "2 chains.tts.sticky: expected call, turn, found 'week'"),
    ("  tts: {providers: a, stiky: call}", "2 chains.tts.stiky: unknown key; did you mean 'sticky'?"),
    ("  tts: {providers: []}", "2 chains.tts.providers: expected 1 to 8 values, found 0"),
    ("  tts: {providers: [a, a]}", "2 chains.tts.providers[1]: the provider 'a' is already in this chain"),
    (
      "  tts: {provider: a, hedge: off}",
      "2 chains.tts.hedge: unknown key; known here: deadlines, model, provider, settings, voice"
    ),
    (
      "  tts:\n    providers: a\n    deadlines:\n      connectMs: 0",
      "5 chains.tts.deadlines.connectMs: expected a whole number from 100 to 60000, found '0'"
    ),
    (
      "  tts: {providers: [{provider: a, deadlines: {firstOutputMs: 60001}}]}",
      "2 chains.tts.providers[0].deadlines.firstOutputMs: expected a whole number from 50 to 60000, found '60001'"
    ),
    (
      "  tts: {providers: a, deadlines: {overallMs: 1}}",
      "2 chains.tts.deadlines.overallMs: unknown key; known here: connectMs, firstOutputMs, stallMs"
    ),
    (
      "  stt: {providers: a, deadlines: {firstOutputMs: 900}}",
      "2 chains.stt.deadlines.firstOutputMs: a recogniser gives no output while the caller is silent; choose stallMs instead"
    ),
    (
      "  stt: {providers: a, deadlines: {stallMs: 500}}",
      "2 chains.stt.deadlines.stallMs: expected a whole number from 600 to 60000, found '500'"
    ),
    (
      "  llm:\n    providers: a\n    deadlines: {firstOutputMs: 5000}\n    lastResortAfterMs: 3000",
      "5 chains.llm.lastResortAfterMs: must not be less than firstOutputMs, which is 5000 for 'a'; raise this one or lower that"
    ),
    ("  tts: {providers: [a, b], hedge: soon}", "2 chains.tts.hedge: expected off, p95 or a number of milliseconds, found 'soon'"),
    (
      "  tts: {providers: [a, b], hedge: 800}",
      "2 chains.tts.hedge: no hedge would ever start: must be less than firstOutputMs, which is 800 for 'a'"
    ),
    (
      "  tts: {providers: a, hedge: p95}",
      "2 chains.tts.hedge: there is nobody to start beside 'a'; name a second provider, or write 'hedge: off'"
    ),
    (
      "  tool: {providers: [a, b], hedge: p95}",
      "2 chains.tool.hedge: work of the role 'tool' changes the world and is never done twice; write 'hedge: off'"
    ),
    (
      "  tts: {providers: [a, b], hedgeCap: {}}",
      "2 chains.tts.hedgeCap: caps nothing; give perHour, a number of hedged attempts, or costPerHour, an amount and its currency"
    ),
    (
      "  tts: {providers: a, require: {maxPrice: {amount: 1e3, currency: EUR, per: minute}}}",
      "2 chains.tts.require.maxPrice.amount: expected a decimal number with at most six decimals, such as 0.015, found '1e3'"
    ),
    (
      "  tts: {providers: a, require: {maxPrice: {amount: 1, currency: euro, per: minute}}}",
      "2 chains.tts.require.maxPrice.currency: expected a currency such as EUR, found 'euro'"
    ),
    (
      "  tts: {providers: a, require: {maxPrice: {amount: 1, currency: EUR}}}",
      "2 chains.tts.require.maxPrice.per: missing; expected minute, thousandCharacters, millionTokens, call"
    ),
    ("  tts: {providers: a, require: {regions: eu}}", "2 chains.tts.require.regions: expected a list, found 'eu'"),
    (
      "  tts: {providers: a, require: {regions: [e u]}}",
      "2 chains.tts.require.regions[0]: expected letters, digits, '-' or '_', found 'e u'"
    ),
    ("  tts: {providers: a, lastResort: pray}", "2 chains.tts.lastResort: expected say, repeat, menu, message or transfer, found 'pray'"),
    (
      "  tts: {providers: a, lastResort: transfer}",
      "2 chains.tts.lastResort: the target is missing; write 'transfer: NAME' with a name of the agent's transfers"
    ),
    (
      "  tts: {providers: a, lastResort: {say: x, transfer: y}}",
      "2 chains.tts.lastResort: expected one of say, repeat, menu, message or transfer, found say and transfer"
    ),
    (
      "  tts: {providers: a, lastResort: [message, {say: x}]}",
      "2 chains.tts.lastResort[1]: never reached: a message ends the call; put the message last"
    ),
    (
      "  tts: {providers: a, lastResort: {menu: {say: x, keys: {\"12\": message}}}}",
      "2 chains.tts.lastResort.menu.keys.12: '12' is no key; expected one of 0-9, * and # in quotes"
    ),
    (
      "  tts: {providers: a, lastResort: {menu: {say: x, keys: {\"1\": repeat}}}}",
      "2 chains.tts.lastResort.menu.keys.1: expected say, message or transfer, found 'repeat'"
    ),
    (
      "  tts: {providers: a, lastResort: {menu: {say: x}}}",
      "2 chains.tts.lastResort.menu.keys: missing; expected keys and what each leads to"
    ),
  ])
  func mistakes(text: String, told: String) {
    #expect(problems(text) == [told])
  }
}
