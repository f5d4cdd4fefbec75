// What a voice can read by itself, so that the host changes no more of a text than it must.

public import Vox

/// How a text is prepared for one voice.
public struct SpeechStyle: Hashable, Sendable {
  /// What becomes of the elements of SSML in a text.
  public enum SSML: Sendable {
    case removed
    /// As they are written: the text has yet to be given to a voice.
    case kept
    /// For a voice that reads them: the rest of the text is escaped, and each text has all its elements closed.
    case read
  }

  /// How `4/5/2025` is meant.
  public enum DateOrder: Sendable { case monthDay, dayMonth }

  /// BCP 47.
  public let language: String
  /// Numbers, dates, addresses and abbreviations are written out as words. Off for languages other than English, and for a voice that
  /// does it itself: both get the text without its markup.
  public var writesOut: Bool
  /// Paralinguistic tags that the voice performs, in lower case and without brackets: `laugh`. Others are left out.
  public var tags: Set<String>
  public var ssml: SSML
  public var dates: DateOrder

  /// - Parameter language: BCP 47; `en` and its regions are written out. The United States alone put the month first.
  public init(language: String = "en-US", normalisesItself: Bool = false, tags: Set<String> = [], ssml: SSML = .removed) {
    self.language = language
    writesOut = (language == "en" || language.hasPrefix("en-")) && !normalisesItself
    dates = language == "en" || language.hasSuffix("-US") ? .monthDay : .dayMonth
    self.tags = tags
    self.ssml = ssml
  }

  /// The style of a voice by its traits (`tags`, `ssml`, `normalises_text`).
  ///
  /// - Parameter ssml: the agent writes it.
  public init(language: String, traits: JSONValue, ssml: Bool = false) {
    let tags = (traits["tags"]?.array ?? []).compactMap(\.string).map { tag in tag.lowercased().filter { $0 != "[" && $0 != "]" } }
    self.init(
      language: language, normalisesItself: traits["normalises_text"]?.bool ?? false, tags: Set(tags),
      ssml: ssml && traits["ssml"]?.bool ?? false ? .read : .removed)
  }

  /// For text that is not yet given to a certain voice: the markup goes, the tags a voice may perform stay.
  ///
  /// - Parameter ssml: the agent writes SSML, which stays as well.
  public static func written(ssml: Bool = false) -> SpeechStyle {
    SpeechStyle(normalisesItself: true, tags: Tags.known, ssml: ssml ? .kept : .removed)
  }
}
