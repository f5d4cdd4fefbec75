// The classes of characters that reading aloud tells apart.

extension Unicode.Scalar {
  var isDigit: Bool { value >= 48 && value <= 57 }
  var isASCIILetter: Bool { (value >= 65 && value <= 90) || (value >= 97 && value <= 122) }
  var isUpper: Bool { value < 128 ? value >= 65 && value <= 90 : properties.isUppercase }
  var isLetter: Bool { value < 128 ? isASCIILetter : properties.isAlphabetic || properties.generalCategory == .nonspacingMark }
  /// A word is made of these.
  var isWordPart: Bool { isDigit || isLetter || (value >= 128 && properties.numericType != nil) }
  var isNewline: Bool { value == 10 || value == 13 || value == 0x2028 || value == 0x2029 || value == 0x0B || value == 0x0C }
  var isSpace: Bool {
    value == 32 || value == 9 || value == 0xA0 || (value >= 0x2000 && value <= 0x200B) || value == 0x202F || value == 0x3000
  }
  var isClauseMark: Bool {
    switch self {
    case ".", ",", ";", ":", "!", "?", "…": true
    default: false
    }
  }
  var isOpening: Bool { "\"'“‘([{«¿¡".unicodeScalars.contains(self) }
  var isClosing: Bool { isClauseMark || "\"'”’)]}»".unicodeScalars.contains(self) }

  /// Pictures and what modifies them (Unicode Technical Standard 51), with the dingbats that stand in lists.
  var isPicture: Bool {
    guard value > 0xA8 else { return false }
    switch value {
    case 0x2600...0x27BF, 0x2B00...0x2BFF, 0xFE00...0xFE0F, 0x20E3, 0x1F000...0x1FAFF, 0xE0020...0xE007F, 0x25A0...0x25FF, 0xA9, 0xAE,
      0x2122, 0x2190...0x21FF, 0x2300...0x23FF:
      return true
    default: return properties.isEmojiPresentation
    }
  }
}
