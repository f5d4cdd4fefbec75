// What a recogniser's sample counts mean on the line, when silence was left out or sound was lost.

/// Pieces of sound as they were pushed to one op. Positions pushed count samples at the recogniser's rate from the op's start, line
/// positions count samples of the line from the call's start.
struct PositionMap {
  private struct Piece {
    let pushed: UInt64
    let line: UInt64
  }

  /// Beyond this a jump is not noted: times become a little wrong, words do not.
  private static let maxPieces = 256
  private let recogniserRate: UInt64
  private let lineRate: UInt64
  private var pieces: [Piece]

  /// - Parameter line: where on the line the op's first sample lies.
  init(recogniserRate: Int, lineRate: Int, startingAt line: UInt64) {
    self.recogniserRate = UInt64(max(recogniserRate, 1))
    self.lineRate = UInt64(max(lineRate, 1))
    pieces = [Piece(pushed: 0, line: line)]
    pieces.reserveCapacity(Self.maxPieces)
  }

  /// From the sample `pushed` on, what is pushed lies at `line`. No allocation.
  mutating func jump(pushed: UInt64, to line: UInt64) {
    if pieces.last?.pushed == pushed { pieces.removeLast() }
    guard pieces.count < Self.maxPieces else { return }
    pieces.append(Piece(pushed: pushed, line: line))
  }

  /// The line position of a sample of the op.
  func line(_ pushed: UInt64) -> UInt64 {
    // A count from a plugin may be anything.
    let position = min(pushed, 1 << 40)
    guard let piece = pieces.last(where: { $0.pushed <= position }) ?? pieces.first else { return 0 }
    return piece.line + (position - min(piece.pushed, position)) * lineRate / recogniserRate
  }
}
