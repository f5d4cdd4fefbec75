// Characters outside ASCII as the letters or words flite can read; it speaks their bytes as garbage otherwise.

enum Transliteration {
  /// What stands for a scalar: itself when it is printable ASCII, a near letter or a word otherwise, empty when there is none.
  static func ascii(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x20..<0x7F: String(Character(scalar))
    case 0xC0..<0x180: latin[Int(scalar.value - 0xC0)]
    default: others[scalar] ?? ""
    }
  }

  /// U+00C0 to U+017F in the order of Unicode: the letter without its accent, or the usual two letters.
  private static let latin: [String] = """
    A A A A A A AE C E E E E I I I I D N O O O O O x O U U U U Y Th ss a a a a a a ae c e e e e i i i i d n o o o o o / o u u u u y \
    th y A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g G g G g H h H h I i I i I i I i I i IJ ij J j K k k L l L l \
    L l L l L l N n N n N n n N n O o O o O o OE oe R r R r R r S s S s S s S s T t T t T t U u U u U u U u U u U u W w Y y Y Z z Z z Z z s
    """.split(separator: " ").map(String.init)

  /// A word is set off by spaces; money keeps its ISO code beside the number, for `Reading.money`.
  private static let others: [Unicode.Scalar: String] = [
    "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{02BC}": "'", "\u{2032}": "'", "\u{201C}": "\"", "\u{201D}": "\"",
    "\u{201E}": "\"", "\u{AB}": "\"", "\u{BB}": "\"", "\u{2010}": "-", "\u{2011}": "-", "\u{2012}": "-", "\u{2013}": "-",
    "\u{2212}": "-", "\u{2026}": ".", "\u{20AC}": "EUR", "\u{A3}": "GBP", "\u{A5}": "JPY", "\u{B0}": " degrees ", "\u{BD}": " 1/2 ",
    "\u{BC}": " 1/4 ", "\u{BE}": " 3/4 ", "\u{D7}": " times ", "\u{F7}": " divided by ", "\u{A7}": " section ",
    "\u{2116}": " number ", "\u{1E9E}": "SS", "\u{218}": "S", "\u{219}": "s", "\u{21A}": "T", "\u{21B}": "t",
  ]
}
