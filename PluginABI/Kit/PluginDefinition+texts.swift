// What a voice's manifest promises of the texts it takes, so that it stands there alone.

public import Vox

extension PluginDefinition {
  /// How many texts may be said at a time: the trait `ops` of the voice, 1 without it.
  public var mostTexts: Int { voice["ops"]?.int ?? 1 }

  /// Refuses a text that the manifest does not promise to say.
  ///
  /// - Parameter others: how many texts are being said or wait for their turn.
  /// - Throws: class `invalid`, code `text_too_long`, for more than the trait `text_max_bytes`; class `overloaded`, code `ops_full`.
  public func check(_ text: String, beside others: Int) throws(ProviderError) {
    if let most = voice["text_max_bytes"]?.int, text.utf8.count > most {
      throw ProviderError(
        .invalid, "The text has \(text.utf8.count) bytes, more than the \(most) said at once.", code: "text_too_long")
    }
    guard others < mostTexts else {
      throw ProviderError(.overloaded, "At most \(mostTexts) texts are said at a time; wait for one to end.", code: "ops_full")
    }
  }
}
