// The small pronouncing dictionary of a flow, cut out of a large one.

import Glibc

/// Chooses the entries of a pronouncing dictionary in the CMU format (`word P HH OW N Z`, variants `word(2)`).
enum Pronunciation {
  /// The phones of the English acoustic model.
  static let phones: Set<String> = Set(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split(separator: " ").map(
      String.init))

  /// The lines of `dictionary` for the given words with all their variants, by word.
  ///
  /// One pass with `memchr`: the dictionary has 130,000 lines, of which a flow needs a few hundred.
  static func entries(for words: Set<String>, in dictionary: [UInt8]) -> [String: [String]] {
    // The first two letters rule out most lines without making a string of them.
    let beginnings = Set(words.map { beginning($0.utf8) })
    var found: [String: [String]] = [:]
    dictionary.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var start = 0
      while start < bytes.count {
        let end = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start).map { UnsafeRawPointer($0) - base } ?? bytes.count
        if beginnings.contains(beginning(bytes[start..<min(start + 2, end)])) {
          let line = String(decoding: bytes[start..<end], as: UTF8.self).filter { $0 != "\r" }
          let name = word(of: line)
          if words.contains(name) { found[name, default: []].append(line) }
        }
        start = end + 1
      }
    }
    return found
  }

  private static func beginning(_ bytes: some Collection<UInt8>) -> UInt16 {
    // A word of one letter is followed by a blank or by its variant's bracket.
    bytes.prefix(2).filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "(") }.reduce(0) { $0 << 8 | UInt16($1) }
  }

  /// The word a line is about: "word(2)" is a variant of "word".
  private static func word(of line: String) -> String {
    let name = line.prefix { $0 != " " && $0 != "\t" }
    guard name.last == ")", let open = name.lastIndex(of: "("), open > name.startIndex else { return String(name) }
    return String(name[..<open])
  }
}
