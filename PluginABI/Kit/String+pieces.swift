// Text in pieces that fit an event of the ABI.

extension String {
  /// The text in pieces of at most `limit` bytes of UTF-8, cut between scalars; at least one.
  public func pieces(of limit: Int) -> [String] {
    guard utf8.count > limit else { return [self] }
    var pieces: [String] = []
    var piece = String.UnicodeScalarView()
    var bytes = 0
    for scalar in unicodeScalars {
      let size = UTF8.width(scalar)
      if bytes + size > limit {
        pieces.append(String(piece))
        (piece, bytes) = (String.UnicodeScalarView(), 0)
      }
      piece.append(scalar)
      bytes += size
    }
    return pieces + [String(piece)]
  }
}
