// What a voice can read by itself, so that the host changes no more of a text than it must.

public import Vox

/// How a text is prepared for one voice.
public struct SpeechStyle: Equatable, Sendable {
  /// How `4/5/2025` is meant.
  public enum DateOrder: Sendable { case monthDay, dayMonth }

  /// Numbers, dates, addresses and abbreviations are written out as words. Off for languages other than English, and for a voice that
  /// does it itself: both get the text without its markup.
  public var writesOut: Bool
  /// Paralinguistic tags that the voice performs, in lower case and without brackets: `laugh`. Others are left out.
  public var tags: Set<String>
  /// The voice reads SSML: its elements are passed as they are.
  public var ssml: Bool
  public var dates: DateOrder

  /// - Parameter language: BCP 47; `en` and its regions are written out. The United States alone put the month first.
  public init(language: String = "en-US", normalisesItself: Bool = false, tags: Set<String> = [], ssml: Bool = false) {
    writesOut = (language == "en" || language.hasPrefix("en-")) && !normalisesItself
    dates = language == "en" || language.hasSuffix("-US") ? .monthDay : .dayMonth
    self.tags = tags
    self.ssml = ssml
  }

  /// The style of a voice by its traits (`tags`, `ssml`, `normalises_text`). SSML needs the agent's consent as well.
  public init(language: String, traits: JSONValue, allowsSSML: Bool = false) {
    let tags = (traits["tags"]?.array ?? []).compactMap(\.string).map { tag in tag.lowercased().filter { $0 != "[" && $0 != "]" } }
    self.init(
      language: language, normalisesItself: traits["normalises_text"]?.bool ?? false, tags: Set(tags),
      ssml: allowsSSML && traits["ssml"]?.bool ?? false)
  }

  /// For text that is not yet given to a certain voice: the markup goes, the tags a voice may perform stay.
  public static let written: SpeechStyle = {
    var style = SpeechStyle(normalisesItself: true, tags: Set(Tags.paralinguistic))
    style.ssml = true
    return style
  }()
}
