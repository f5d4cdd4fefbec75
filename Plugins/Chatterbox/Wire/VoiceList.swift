// The voices that a server has from the start.

public import Vox

/// Reads the lists of devnen (names, or objects with `filename`) and travisvn (objects with `name`).
public enum VoiceList {
  /// Those of the public endpoint, which lists them nowhere but in its documentation.
  public static let runPodPublic = [
    "aaron", "abigail", "anaya", "andy", "archer", "brian", "chloe", "dylan", "emmanuel", "ethan", "evelyn", "gavin", "gordon", "ivan",
    "laura", "lucy", "madison", "marisol", "meera", "walter",
  ]

  /// - Throws: class `unavailable`, code `bad_answer`, for what is no list.
  public static func names(_ json: JSONValue) throws(ProviderError) -> [String] {
    guard let items = json.array ?? json["voices"]?.array else { throw Errors.unreadable("no list of voices") }
    return items.compactMap { $0.string ?? $0["filename"]?.string ?? $0["name"]?.string }
  }

  /// The result of a VOICES op.
  public static func result(_ names: [String], rate: Int) -> JSONValue {
    ["voices": .array(names.map { ["id": .string($0), "rate": .int(Int64(rate))] })]
  }
}
