// A customer of the contact centre: numbers, agents, and the providers that serve them.

import Config
public import Vox

/// A tenant as configured in its folder.
public struct Tenant: Equatable, Sendable {
  /// Appears in facts and addresses; never reused for another customer.
  public var id: String
  public var name: String
  /// BCP 47; the language of agents that choose none.
  public var language = "en-US"
  /// A name of the time zone database: `Europe/Zurich`.
  public var timezone = "UTC"
  /// The tenant's choice per role; an agent's own choice goes before it.
  public var chains: [Role: Chain] = [:]
  public var voices = Voices()
  /// All voices are brought to one loudness, so that a fallback does not jump in volume; otherwise each is as its vendor made it.
  public var matchesLoudness = true
  /// Numbers and addresses as they are dialled, each with the agent that answers; `*` stands for any other.
  public var numbers: [String: String] = [:]
  public var agents: [String: Agent] = [:]

  public init(id: String, name: String) {
    self.id = id
    self.name = name
  }
}

extension Tenant {
  /// Reads `tenant.yaml`; the agents come from their own files.
  init(_ fields: Fields) {
    self.init(
      id: fields.word("id", expected: "letters, digits, '-' or '_', at most 64", where: Words.isID), name: fields.text("name", 1...128))
    language = fields.word("language", expected: "a language such as en-US", default: language, where: Words.isLanguage)
    timezone = fields.word("timezone", expected: "a time zone such as Europe/Zurich", default: timezone, where: TimeZones.knows)
    chains = Chain.all(fields)
    voices = Voices(fields)
    matchesLoudness = fields.flag("matchLoudness", default: matchesLoudness)
    numbers = Self.numbers(fields)
  }

  private static func numbers(_ fields: Fields) -> [String: String] {
    guard let entries = fields.required("numbers", "numbers and the agents that answer them")?.entries(1...10_000) else { return [:] }
    var numbers: [String: String] = [:]
    for (written, field) in entries {
      guard let agent = field.text(1...64) else { continue }
      guard let number = written == "*" ? "*" : Words.address(written) else {
        field.report("'\(written.prefix(60))' is neither a telephone number nor an address")
        continue
      }
      if numbers.updateValue(agent, forKey: number) != nil { field.report("the number \(number) is given twice") }
    }
    return numbers
  }
}
