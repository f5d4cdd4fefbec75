// The voices that a server has from the start.

public import Vox

/// Reads the lists of devnen (names, or objects with `filename`) and travisvn (objects with `name`).
public enum VoiceList {
  /// Those of the public endpoint, which lists them nowhere but in its documentation.
  public static let runPodPublic = [
    "aaron", "abigail", "anaya", "andy", "archer", "brian", "chloe", "dylan", "emmanuel", "ethan", "evelyn", "gavin", "gordon", "ivan",
    "laura", "lucy", "madison", "marisol", "meera", "walter",
  ]

  /// Nil for what is no list.
  public static func names(_ json: JSONValue) -> [String]? {
    (json.array ?? json["voices"]?.array)?.compactMap { $0.string ?? $0["filename"]?.string ?? $0["name"]?.string }
  }

  /// Voices as VOICES tells them: the model's rate is the same for all.
  public static func entries(_ names: [String]) -> [JSONValue] { names.map { ["id": .string($0), "rate": 24_000] } }
}
