// The models that a server has.

public import Vox

/// Reads the answer of `GET /models`. Source: platform.openai.com, "List models"; servers of the dialect tell the same or less.
public enum ModelList {
  /// Models as MODELS tells them; nil for what is no list.
  public static func entries(_ json: JSONValue) -> [JSONValue]? {
    (json["data"]?.array ?? json.array)?.compactMap { $0["id"]?.string.map { ["id": .string($0)] } }
  }
}
