// A number in figures, with a point or without.

/// A number as it was written.
struct Decimal {
  var whole: [Unicode.Scalar]
  /// Behind the point.
  var part: [Unicode.Scalar]?
  var isGrouped = false

  var isOne: Bool { whole == ["1"] && part == nil }

  /// "twelve point five zero"
  var words: String {
    let first = whole.isEmpty ? "zero" : Numerals.quantity(whole)
    return part.map { first + " point " + Numerals.digits($0) } ?? first
  }
}
