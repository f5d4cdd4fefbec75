// A chain read from a tenant's or an agent's file.

import Config
import Failover
import Vox

extension Chain {
  /// The short forms are a name, one link, or a list of them; the long form is a mapping with `providers` and the policy.
  init?(_ field: Field, for role: Role) {
    let names = field.isMapping ? field.entries(0...100)?.map(\.name) ?? [] : ["provider"]
    guard names.contains("providers") || !names.contains("provider") else {
      self.init(providers: field, role)
      return
    }
    guard let chain = field.fields({ Self($0, role) }) else { return nil }
    self = chain
  }

  /// A list of names, or of mappings with `provider`; a single one may stand without the list.
  private init(providers field: Field, _ role: Role) {
    let items = field.isList ? field.list(Self.lengths) ?? [] : [field]
    self.init(items.compactMap { Link($0, role) })
    var seen: Set<String> = []
    for (item, link) in zip(items, links) where links.count == items.count && !seen.insert(link.provider).inserted {
      item.report("the provider '\(link.provider)' is already in this chain")
    }
  }

  private init(_ fields: Fields, _ role: Role) {
    if let field = fields.required("providers", "the providers in the order in which they are asked") {
      self.init(providers: field, role)
    } else {
      self.init([])
    }
    sticky = fields.field("sticky")?.choice()
    deadlines = ChosenDeadlines(fields, role)
    hedge = fields.field("hedge").flatMap(Hedge.init) ?? hedge
    hedgeCap = fields.field("hedgeCap")?.fields { SpendCap($0) } ?? hedgeCap
    require = fields.fields("require") { Rules($0) }
    lastResort = fields.field("lastResort").map(LastResort.all) ?? []
    lastResortAfterMs = fields.field("lastResortAfterMs")?.integer(500...60_000)
    checkHedge(fields, role)
    checkPatience(fields, role)
  }

  private func checkHedge(_ fields: Fields, _ role: Role) {
    guard hedge != .off, let first = links.first else { return }
    if role == .tool || role == .telephony || role == .room {
      fields.report("work of the role '\(role.name)' changes the world and is never done twice; write 'hedge: off'", at: "hedge")
    } else if links.count < 2 {
      fields.report("there is nobody to start beside '\(first.provider)'; name a second provider, or write 'hedge: off'", at: "hedge")
    } else if case .fixedMs(let ms) = hedge, ms >= deadlines(of: first, for: role).firstOutputMs, role != .stt {
      let limit = deadlines(of: first, for: role).firstOutputMs
      fields.report("no hedge would ever start: must be less than firstOutputMs, which is \(limit) for '\(first.provider)'", at: "hedge")
    }
  }

  private func checkPatience(_ fields: Fields, _ role: Role) {
    guard let lastResortAfterMs, role != .stt else { return }
    for link in links {
      let limit = deadlines(of: link, for: role).firstOutputMs
      guard limit > lastResortAfterMs else { continue }
      fields.report(
        "must not be less than firstOutputMs, which is \(limit) for '\(link.provider)'; raise this one or lower that",
        at: "lastResortAfterMs")
      return
    }
  }

  /// The chains under `chains`, by role.
  static func all(_ fields: Fields) -> [Role: Chain] {
    fields.fields("chains") { fields in
      var chains: [Role: Chain] = [:]
      for role in Self.choosable {
        if let field = fields.field(role.name) { chains[role] = Chain(field, for: role) }
      }
      return chains
    }
  }
}

extension Chain.Link {
  fileprivate init?(_ field: Field, _ role: Role) {
    let place = Place(file: field.fileName, line: field.line)
    guard field.isMapping else {
      guard let name = field.text(1...64) else { return nil }
      if !Words.isID(name) { field.report("expected the name of a provider, found '\(name)'") }
      self.init(provider: name, place: place)
      return
    }
    guard let link = field.fields({ Self($0, role, place) }) else { return nil }
    self = link
  }

  private init(_ fields: Fields, _ role: Role, _ place: Place) {
    var settings = fields.object("settings")
    for key in ["voice", "model"] {
      guard let value = fields.text(key, 1...128, default: nil) else { continue }
      settings = settings.merging(.object([key: .string(value)]))
    }
    self.init(
      provider: fields.word("provider", expected: "the name of a provider", where: Words.isID), settings: settings,
      deadlines: Chain.ChosenDeadlines(fields, role), place: place)
  }
}

extension Chain.ChosenDeadlines {
  /// The member `deadlines`. The lower bounds are what no provider can do on any network, the upper one is a caller who hung up.
  fileprivate init(_ fields: Fields, _ role: Role) {
    self = fields.fields("deadlines") { fields in
      if role == .stt, fields.field("firstOutputMs") != nil {
        fields.report("a recogniser gives no output while the caller is silent; choose stallMs instead", at: "firstOutputMs")
      }
      // A stall is only told from a cough once there was half a second of speech.
      let shortestStallMs = role == .stt ? 600 : 100
      return Self(
        connectMs: fields.field("connectMs")?.integer(100...60_000), firstOutputMs: fields.field("firstOutputMs")?.integer(50...60_000),
        stallMs: fields.field("stallMs")?.integer(shortestStallMs...60_000))
    }
  }
}
