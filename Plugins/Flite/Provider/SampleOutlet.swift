// Turns the small chunks of one sentence into pieces worth an event, at the rate that is wanted.

import Sound

/// The first piece leaves as soon as there is a chunk, so that the caller hears it early; later ones hold 100 ms, half of what
/// one event may carry. One owner at a time.
final class SampleOutlet {
  private let resampler: Resampler
  private let pieceSamples: Int
  private var piece: [Int16] = []
  private var scratch: [Int16] = []
  private var isFirst = true

  /// Nil for a rate that cannot be.
  init?(from: Int, to: Int) {
    guard let resampler = try? Resampler(from: UInt32(clamping: from), to: UInt32(clamping: to)) else { return nil }
    self.resampler = resampler
    pieceSamples = to / 10
  }

  /// Takes a chunk of any size; calls `deliver` for every piece that is full.
  func take(_ samples: UnsafeBufferPointer<Int16>, deliver: ([Int16]) -> Void) {
    var rest = samples
    while !rest.isEmpty {
      let room = resampler.maxOutput(for: rest.count)
      if scratch.count < room { scratch = [Int16](repeating: 0, count: room) }
      let (consumed, produced) = scratch.withUnsafeMutableBufferPointer { resampler.process(rest, into: $0) }
      guard consumed > 0 || produced > 0 else { break }
      piece += scratch[..<produced]
      rest = UnsafeBufferPointer(rebasing: rest[consumed...])
    }
    if isFirst, !piece.isEmpty {
      isFirst = false
      flush(piece.count, deliver)
    }
    while piece.count >= pieceSamples { flush(pieceSamples, deliver) }
  }

  /// The sentence has ended.
  func finish(deliver: ([Int16]) -> Void) {
    if !piece.isEmpty { flush(piece.count, deliver) }
  }

  private func flush(_ count: Int, _ deliver: ([Int16]) -> Void) {
    deliver(Array(piece[..<count]))
    piece.removeFirst(count)
  }
}
