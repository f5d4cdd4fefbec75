// The models that a key may use.

public import Vox

/// Reads the answer of `GET /v1/models`. Source: docs.anthropic.com, "List Models".
public enum ModelList {
  /// Models as MODELS tells them; nil for what is no list.
  public static func entries(_ json: JSONValue) -> [JSONValue]? {
    json["data"]?.array?.compactMap { model in
      guard let id = model["id"]?.string else { return nil }
      return ["id": .string(id), "name": .string(model["display_name"]?.string ?? id)]
    }
  }
}
