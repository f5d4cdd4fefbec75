// A broken machine: what is settled ends one word early.

/// The last word before a hand-over is heard again by whoever takes over.
final class WatermarkOffByOne: Border {
  override func settledEnd(_ end: UInt64, start: UInt64) -> UInt64 {
    let word = UInt64(Words.callerWordMs * Words.samplesPerMs)
    return end > start + word ? end - word : max(start, 1)
  }
}
