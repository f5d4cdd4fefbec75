// Where the words of a transcript stand in its text.

/// Finds words one after the other, as the vendor lists them.
public enum WordPlaces {
  /// Bytes of the UTF-8 text; nil for a word that the text does not hold after the one before it.
  public static func of(_ words: [String], in text: String) -> [Range<Int>?] {
    let bytes = Array(text.utf8)
    var from = 0
    return words.map { word in
      let wanted = Array(word.utf8)
      guard !wanted.isEmpty, let at = find(wanted, in: bytes, from: from) else { return nil }
      from = at + wanted.count
      return at..<from
    }
  }

  private static func find(_ wanted: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
    guard bytes.count - from >= wanted.count else { return nil }
    return (from...(bytes.count - wanted.count)).first { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }
}
