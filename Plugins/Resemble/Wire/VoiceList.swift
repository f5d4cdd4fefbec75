// The voices of an account.

public import Vox

/// Reads the answer of `GET /api/v2/voices`. Source: docs.app.resemble.ai, "Voices"; SDK 1.9.0.
public enum VoiceList {
  /// Where a page of them is listed, behind the address of the management's API.
  public static let path = "/voices?page=1&page_size=100"

  /// Voices as VOICES tells them; nil for what is no list.
  public static func entries(_ json: JSONValue) -> [JSONValue]? {
    json["items"]?.array?.compactMap { voice in
      guard let id = voice["uuid"]?.string else { return nil }
      var entry: [String: JSONValue] = ["id": .string(id), "name": .string(voice["name"]?.string ?? id)]
      if let language = voice["default_language"]?.string { entry["languages"] = [.string(language)] }
      return .object(entry)
    }
  }

  /// There are further pages.
  public static func isPartial(_ json: JSONValue) -> Bool { json["num_pages"]?.int ?? 1 > 1 }
}
