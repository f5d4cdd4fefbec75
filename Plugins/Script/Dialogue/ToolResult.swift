// What a tool answered, as far as the flow's sentences can use it.

import FoundationEssentials

/// The plain fields of a tool's JSON result.
struct ToolResult {
  let succeeded: Bool
  private let fields: [String: String]

  /// `content` is a JSON object, possibly wrapped in `{"result": {...}}`; anything else has no fields.
  ///
  /// A result also counts as failed when it says so itself: `"ok": false`, or a field `error`.
  init(content: String, failed: Bool) {
    let decoded = try? JSONDecoder().decode(Members.self, from: Data(content.utf8))
    fields = decoded?.plain ?? [:]
    succeeded = !failed && fields["ok"] != "false" && fields["error"] == nil
  }

  func field(_ name: String) -> String? { fields[name] }

  /// A JSON object whose plain members become text; nested values are ignored but for `result`.
  private struct Members: Decodable {
    var plain: [String: String] = [:]

    struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if let text = try? container.decode(String.self, forKey: key) {
          plain[key.stringValue] = text
        } else if let flag = try? container.decode(Bool.self, forKey: key) {
          plain[key.stringValue] = flag ? "true" : "false"
        } else if let number = try? container.decode(Int.self, forKey: key) {
          plain[key.stringValue] = String(number)
        } else if let number = try? container.decode(Double.self, forKey: key) {
          plain[key.stringValue] = String(number)
        } else if key.stringValue == "result", let inner = try? container.decode(Inner.self, forKey: key) {
          plain.merge(inner.plain) { outer, _ in outer }
        }
      }
    }
  }

  /// One level is enough for the wrapper; deeper nesting is not read, so a hostile result cannot recurse.
  private struct Inner: Decodable {
    var plain: [String: String] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Members.Key.self)
      for key in container.allKeys {
        if let text = try? container.decode(String.self, forKey: key) {
          plain[key.stringValue] = text
        } else if let flag = try? container.decode(Bool.self, forKey: key) {
          plain[key.stringValue] = flag ? "true" : "false"
        } else if let number = try? container.decode(Int.self, forKey: key) {
          plain[key.stringValue] = String(number)
        }
      }
    }
  }
}
