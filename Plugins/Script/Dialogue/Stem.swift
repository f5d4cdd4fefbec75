// Word endings taken off, so that "appointments" finds "appointment".

/// Light stemming for English: plural, past and progressive endings only.
///
/// A heavier stemmer merges words that a business must keep apart ("organ", "organise"); with a few dozen answers
/// the light one loses nothing.
enum Stem {
  static func stem(_ word: String) -> String {
    var text = word
    func cut(_ ending: String, least: Int, add: String = "") -> Bool {
      guard text.hasSuffix(ending), text.count - ending.count >= least else { return false }
      text = text.dropLast(ending.count) + add
      return true
    }
    if cut("ies", least: 2, add: "y") { return text }
    if cut("sses", least: 2, add: "ss") || cut("ing", least: 4) || cut("ed", least: 3) { return undouble(text) }
    if !text.hasSuffix("ss"), !text.hasSuffix("us"), cut("s", least: 3) { return text }
    return text
  }

  /// "stopp" to "stop", and a silent e off, so that "close", "closed" and "closing" meet.
  private static func undouble(_ text: String) -> String {
    let ends = text.suffix(2)
    return ends.count == 2 && ends.first == ends.last && !"aeiouls".contains(ends.last ?? "a") ? String(text.dropLast()) : text
  }

  /// The stem without a final e: the form that is compared.
  static func key(_ word: String) -> String {
    let text = stem(word)
    return text.count > 3 && text.hasSuffix("e") ? String(text.dropLast()) : text
  }
}
