// The words a configuration may use for names, languages and numbers, and what is expected where another is found.

import Config

/// The forms of short texts. Each is checked at load, so that nothing behind it meets a surprise.
enum Words {
  /// An id that appears in files, facts and addresses: `reception`, `clinic-2`.
  static func isID(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 64, isLetter(first) || isDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }

  /// A language tag of BCP 47 (RFC 5646) with language, optional script and optional region: `en`, `de-CH`, `zh-Hant-TW`.
  static func isLanguage(_ text: String) -> Bool {
    var parts = text.split(separator: "-", omittingEmptySubsequences: false)[...]
    guard let language = parts.popFirst(), (2...3).contains(language.utf8.count), language.utf8.allSatisfy({ isLetter($0) && $0 > 96 })
    else { return false }
    if let script = parts.first, script.utf8.count == 4, script.utf8.allSatisfy(isLetter) { parts.removeFirst() }
    guard let region = parts.popFirst() else { return true }
    let isRegion =
      region.utf8.count == 2 && region.utf8.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
      || region.utf8.count == 3 && region.utf8.allSatisfy(isDigit)
    return isRegion && parts.isEmpty
  }

  /// A number or address without what people put into it to read it: spaces, dots, brackets and dashes go from anything that is
  /// otherwise only digits; an address such as `reception` is taken in lower case. Nil when it is neither.
  static func address(_ text: String) -> String? {
    let bare = text.utf8.filter { ![UInt8(ascii: " "), 40, 41, 45, 46].contains($0) }
    let digits = bare.first == UInt8(ascii: "+") ? bare.dropFirst() : bare[...]
    if !digits.isEmpty, digits.allSatisfy(isDigit) { return bare.count <= 32 ? String(decoding: bare, as: UTF8.self) : nil }
    let isAddress = text.utf8.allSatisfy { byte in
      isLetter(byte) || isDigit(byte) || "._@+-:".utf8.contains(byte)
    }
    return isAddress && (1...128).contains(text.utf8.count) ? text.lowercased() : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

extension Fields {
  /// A text of a certain form; where it is refused, the default or an empty text stands for it.
  func word(_ key: String, expected: String, default value: String? = nil, where fits: (String) -> Bool) -> String {
    guard let field = value == nil ? required(key, expected) : field(key) else { return value ?? "" }
    guard let text = field.text(1...128) else { return "" }
    if fits(text) { return text }
    field.report("expected \(expected), found '\(text.prefix(60))'")
    return value ?? ""
  }
}
