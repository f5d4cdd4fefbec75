// What a caller gets when every provider of a role has failed.

import Config

extension Chain {
  /// One step of the last resort. Steps are taken in order; the next one when the step before did not help, and after the last the
  /// call ends.
  public enum LastResort: Equatable, Sendable {
    /// Words the caller hears.
    case say(Line)
    /// The caller is asked to say it again, and the chain is tried once more; nil: with the agent's own question for that.
    case `repeat`(Line?)
    /// The caller chooses by keypad, for when nobody can recognise speech.
    case menu(Menu)
    /// The caller's message is recorded after these words, or after the tone alone; then the call ends.
    case message(Line?)
    /// To a person, by a name of the agent's `transfers`.
    case transfer(String)
  }

  /// Words that must be heard while no voice works.
  public struct Line: Equatable, Sendable {
    public var text: String
    /// A WAV file that says them. Nil: the host has them made ahead, while a voice is well.
    public var recording: String?

    public init(_ text: String, recording: String? = nil) {
      self.text = text
      self.recording = recording
    }
  }

  public struct Menu: Equatable, Sendable {
    public var prompt: Line
    /// By key, `0` to `9`, `*` or `#`; never a menu again.
    public var keys: [String: LastResort]

    public init(_ prompt: Line, keys: [String: LastResort]) {
      self.prompt = prompt
      self.keys = keys
    }
  }

  /// The names that the last resort transfers to, in order; each must be among the agent's `transfers`.
  public var transfers: [String] {
    lastResort.flatMap { step in
      guard case .menu(let menu) = step else { return [step] }
      return menu.keys.sorted { $0.key < $1.key }.map(\.value)
    }
    .compactMap { step in
      if case .transfer(let name) = step { name } else { nil }
    }
  }
}

extension Chain.LastResort {
  private static let forms = "say, repeat, menu, message or transfer"

  /// One step, or a list of them.
  static func all(_ field: Field) -> [Chain.LastResort] {
    guard field.isList else { return [one(field)].compactMap { $0 } }
    // Nobody stays on the line for a sixth.
    let items = field.list(1...5) ?? []
    let steps = items.map { one($0) }
    for (index, step) in steps.dropLast().enumerated() {
      if case .message? = step { items[index + 1].report("never reached: a message ends the call; put the message last") }
    }
    return steps.compactMap { $0 }
  }

  private static func one(_ field: Field, inMenu: Bool = false) -> Chain.LastResort? {
    guard field.isMapping else {
      switch field.text(1...64) {
      case nil: return nil
      case "repeat" where !inMenu: return .repeat(nil)
      case "message": return .message(nil)
      case "say": field.report("what is to be said is missing; write 'say: \"the words\"'")
      case "menu" where !inMenu: field.report("the keys are missing; write 'menu: {say: \"the words\", keys: {\"1\": {transfer: NAME}}}'")
      case "transfer": field.report("the target is missing; write 'transfer: NAME' with a name of the agent's transfers")
      case let word?: field.report("expected \(inMenu ? "say, message or transfer" : forms), found '\(word)'")
      }
      return nil
    }
    return field.fields { fields in
      let given = ["say", "repeat", "menu", "message", "transfer"].filter { fields.field($0) != nil }
      guard given.count == 1, let word = given.first, let value = fields.field(word) else {
        fields.report("expected one of \(forms), found \(given.isEmpty ? "none" : given.joined(separator: " and "))")
        return nil
      }
      if inMenu, word == "repeat" || word == "menu" {
        value.report("a key leads to say, message or transfer; remove the \(word)")
        return nil
      }
      switch word {
      case "menu": return menu(value)
      case "transfer": return transfer(value)
      case "say": return .say(Chain.Line(fields, word))
      case "repeat": return .repeat(Chain.Line(fields, word))
      default: return .message(Chain.Line(fields, word))
      }
    } ?? nil
  }

  private static func menu(_ field: Field) -> Chain.LastResort? {
    field.fields { fields in
      let prompt = Chain.Line(fields, "say")
      var keys: [String: Chain.LastResort] = [:]
      for (key, field) in fields.required("keys", "keys and what each leads to")?.entries(1...12) ?? [] {
        guard key.utf8.count == 1, "0123456789*#".contains(key) else {
          field.report("'\(key.prefix(20))' is no key; expected one of 0-9, * and # in quotes")
          continue
        }
        keys[key] = one(field, inMenu: true)
      }
      return .menu(Chain.Menu(prompt, keys: keys))
    }
  }

  private static func transfer(_ field: Field) -> Chain.LastResort? { field.text(1...128).map(Chain.LastResort.transfer) }
}

extension Chain.Line {
  /// The words under `key`, and the `recording` beside them.
  fileprivate init(_ fields: Fields, _ key: String) {
    self.init(fields.text(key, 1...500), recording: fields.text("recording", 1...4096, default: nil))
  }
}
