// One passage of a text: the sound that came of it, as it came, until it is decoded.

import Vox

/// Between its fetch, which brings bytes at the network's pace, and its speech, which takes them at the host's.
final class Passage {
  let text: String
  var fetch: (any Fetch)?
  /// The server was asked.
  var hasBegun = false
  /// No more bytes come.
  private(set) var isWhole = false
  private(set) var error: ProviderError?
  private(set) var computeMs: Int?
  private var bytes: [UInt8] = []
  private var taken = 0

  init(_ text: String) { self.text = text }

  var backlog: Int { bytes.count - taken }

  /// Takes what its fetch tells, but for `accepted`.
  func hear(_ news: FetchNews) {
    switch news {
    case .accepted: break
    case .sound(let more): bytes += more
    case .whole(let computeMs):
      isWhole = true
      self.computeMs = computeMs
      fetch = nil
    case .failed(let error):
      self.error = error
      fetch = nil
    }
  }

  /// The next bytes, at most `count`; nil when none are here.
  func next(_ count: Int) -> ArraySlice<UInt8>? {
    guard backlog > 0 else { return nil }
    let piece = bytes[taken..<min(taken + count, bytes.count)]
    taken = piece.endIndex
    if taken == bytes.count { (bytes, taken) = ([], 0) }
    fetch?.taken(backlog: backlog)
    return piece
  }
}
