// A tenant's ordered providers for one role.

import Config
public import Vox

/// Providers in the order in which they are asked.
public struct Chain: Equatable, Sendable {
  /// One provider, with what this tenant or agent wants of it.
  public struct Link: Equatable, Sendable {
    /// The provider's name: the name of its file in `plugins.d`.
    public var provider: String
    /// Settings of the session, laid over the provider's own; an object. `voice` and `model` are among them.
    public var settings: JSONValue
    /// Where it was configured; nil when it was made in code.
    public var place: Place?

    public init(provider: String, settings: JSONValue = .object([:]), place: Place? = nil) {
      self.provider = provider
      self.settings = settings
      self.place = place
    }
  }

  /// One to eight; the first is asked first.
  public var links: [Link]

  public init(_ links: [Link]) { self.links = links }

  /// A chain of providers without settings of their own.
  public init(_ providers: String...) { links = providers.map { Link(provider: $0) } }

  /// Every place counts as a second of silence at worst, and nobody waits for a ninth.
  static let lengths = 1...8
  /// The roles that a tenant or agent chooses a chain for; a tool names its provider itself, a line chose us.
  static let roles: [Role] = [.stt, .llm, .tts]
}

extension Chain {
  /// A list of names, or of mappings with `provider`, `voice`, `model`, `settings`; a single one may stand without the list.
  init?(_ field: Field) {
    let items: [Field]? = field.isList ? field.list(Self.lengths) : [field]
    guard let items else { return nil }
    self.init(items.compactMap(Link.init))
    var seen: Set<String> = []
    for (item, link) in zip(items, links) where links.count == items.count && !seen.insert(link.provider).inserted {
      item.report("the provider '\(link.provider)' is already in this chain")
    }
  }

  /// The chains under `chains`, by role.
  static func all(_ fields: Fields) -> [Role: Chain] {
    fields.fields("chains") { fields in
      var chains: [Role: Chain] = [:]
      for role in Self.roles {
        if let field = fields.field(role.name) { chains[role] = Chain(field) }
      }
      return chains
    }
  }
}

extension Chain.Link {
  init?(_ field: Field) {
    let place = Place(file: field.fileName, line: field.line)
    guard field.isMapping else {
      guard let name = field.text(1...64) else { return nil }
      if !Words.isID(name) { field.report("expected the name of a provider, found '\(name)'") }
      self.init(provider: name, place: place)
      return
    }
    guard let link = field.fields({ Self($0, place) }) else { return nil }
    self = link
  }

  private init(_ fields: Fields, _ place: Place) {
    var settings = fields.object("settings")
    for key in ["voice", "model"] {
      guard let value = fields.text(key, 1...128, default: nil) else { continue }
      settings = settings.merging(.object([key: .string(value)]))
    }
    self.init(
      provider: fields.word("provider", expected: "the name of a provider", where: Words.isID), settings: settings, place: place)
  }
}
