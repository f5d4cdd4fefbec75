// An agent read from its file.

import Config
import Vox

extension Agent {
  /// - Parameters:
  ///   - id: the file's name without its ending.
  ///   - inherited: the tenant's chains, for the roles that the agent does not choose itself.
  ///   - voices: the tenant's.
  init(
    id: String, _ fields: Fields, language inheritedLanguage: String, chains inherited: [Role: Chain], voices: Voices = Voices()
  ) {
    self.init(id: id, name: fields.text("name", 1...128))
    if !Words.isID(id) { fields.report("the file's name is the agent's id: letters, digits, '-' and '_', at most 64") }
    language = fields.word("language", expected: "a language such as en-US", default: inheritedLanguage, where: Words.isLanguage)
    let speech = Speech(language: language)
    disclosure = fields.text("disclosure", 0...2000, default: disclosure)
    greeting = Greeting(fields)
    instructions = fields.text("instructions", 0...131_072, default: instructions)
    chains = inherited.merging(Chain.all(fields)) { $1 }
    for role in Chain.roles where chains[role] == nil {
      fields.report("no providers for the role '\(role.name)'; name them in chains.\(role.name), here or in tenant.yaml", at: "chains")
    }
    if let voice = Voices.chosen(fields, of: voices) ?? voices.usual, var chain = chains[.tts] {
      for provider in voices.speak(as: voice, in: &chain) {
        fields.report(
          "the voice '\(voice)' has no counterpart at '\(provider)', which chains.tts names; add it to voices.\(voice) in tenant.yaml, "
            + "or give that provider a voice in the chain", at: "chains")
      }
      chains[.tts] = chain
    }
    tools = Tool.all(fields)
    turnTaking = fields.fields("turnTaking") { TurnTaking($0) }
    if !language.hasPrefix("en"), !Self.choosesBackchannels(fields) { turnTaking.interruption.backchannels = [] }
    fillers = fields.fields("fillers") { Fillers($0, speech) }
    silence = fields.fields("silence") { Silence($0, speech) }
    confidence = fields.fields("confidence") { Confidence($0, speech) }
    keys = fields.fields("keys") { Keys($0) }
    line = fields.fields("line") { LineAudio($0) }
    vocabulary = fields.flag("vocabulary", default: vocabulary)
    ssml = fields.flag("ssml", default: ssml)
    transfers = Self.transfers(fields)
    for role in Chain.choosable {
      for name in chains[role]?.transfers ?? [] where transfers[name] == nil {
        fields.report("\(role.name): the last resort transfers to '\(name)', which is not in transfers; add it there", at: "chains")
      }
    }
    maxDurationMs = fields.integer("maxDurationMs", 10_000...43_200_000, default: maxDurationMs)
    farewell = speech.line("farewell", in: fields, builtIn: farewell)
    lastResort = speech.line("lastResort", in: fields, builtIn: lastResort)
  }

  /// The built-in backchannels are English: in another language they would be words.
  private static func choosesBackchannels(_ fields: Fields) -> Bool {
    fields.field("turnTaking")?.json()?["interruption"]?["backchannels"] != nil
  }

  private static func transfers(_ fields: Fields) -> [String: String] {
    guard let entries = fields.field("transfers")?.entries(0...100) else { return [:] }
    var targets: [String: String] = [:]
    for (name, field) in entries {
      guard let text = field.text(1...128) else { continue }
      guard let address = Words.address(text) else {
        field.report("expected a telephone number or an address, found '\(text.prefix(60))'")
        continue
      }
      targets[name] = address
    }
    return targets
  }
}

extension Agent.Greeting {
  /// A text, or `{from: model}`.
  fileprivate init(_ fields: Fields) {
    self = .none
    guard let field = fields.field("greeting") else { return }
    if field.isMapping {
      _ = field.fields { $0.word("from", expected: "model", where: { $0 == "model" }) }
      self = .fromModel
    } else if let text = field.text(1...2000) {
      self = .text(text)
    }
  }
}
