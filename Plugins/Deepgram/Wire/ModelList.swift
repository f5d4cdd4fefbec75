// The models that an account may use: those that hear, and those that speak.

public import Vox

/// Reads the answer of `GET /v1/models`. Source: developers.deepgram.com, "List All Available Models"; types of deepgram-sdk 7.17.
public enum ModelList {
  /// Voices as VOICES tells them; nil for what is no list.
  public static func voices(_ json: JSONValue) -> [JSONValue]? { entries(json["tts"]) }

  /// Models that hear a stream, as MODELS tells them; nil for what is no list.
  public static func recognisers(_ json: JSONValue) -> [JSONValue]? { entries(json["stt"]) { $0["streaming"]?.bool != false } }

  /// Each once, though it may be listed in several versions.
  private static func entries(_ list: JSONValue?, where isUsable: (JSONValue) -> Bool = { _ in true }) -> [JSONValue]? {
    var known: Set<String> = []
    return list?.array?.filter(isUsable).compactMap { model in
      guard let id = model["canonical_name"]?.string, known.insert(id).inserted else { return nil }
      return ["id": .string(id), "name": .string(model["name"]?.string ?? id), "languages": .array(model["languages"]?.array ?? [])]
    }
  }
}
