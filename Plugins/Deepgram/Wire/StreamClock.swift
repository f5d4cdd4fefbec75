// Seconds of the vendor's stream as samples of the caller's: silence that was only sent to keep the stream alive is left out.

/// Counts what went into one stream. The vendor's times count everything that was sent, the host's positions only what it pushed.
public struct StreamClock: Sendable {
  private struct Silence {
    /// Samples of the stream.
    let start: UInt64
    var count: UInt64
  }

  /// More pieces of silence than any call has: beyond this times become a little late, words do not get lost.
  private static let maxSilences = 256

  private let rate: Double
  private var silences: [Silence] = []
  /// Samples the host has pushed.
  public private(set) var pushed: UInt64 = 0
  /// Samples the stream holds, silence included; this is what the vendor bills.
  public private(set) var sent: UInt64 = 0

  /// - Parameter rate: Hz.
  public init(rate: Int) { self.rate = Double(max(rate, 1)) }

  public mutating func push(_ samples: Int) {
    pushed += UInt64(max(samples, 0))
    sent += UInt64(max(samples, 0))
  }

  public mutating func fill(_ samples: Int) {
    let count = UInt64(max(samples, 0))
    if let last = silences.last, last.start + last.count == sent {
      silences[silences.count - 1].count += count
    } else if silences.count < Self.maxSilences {
      silences.append(Silence(start: sent, count: count))
    }
    sent += count
  }

  /// The host's position of a moment of the stream; never beyond what was pushed, whatever the vendor says.
  public func position(_ seconds: Double) -> UInt64 {
    guard seconds > 0 else { return 0 }
    let at = UInt64(min(seconds * rate, Double(sent)).rounded())
    let silent = silences.reduce(0) { $0 + ($1.start < at ? min($1.count, at - $1.start) : 0) }
    return min(at - silent, pushed)
  }

  /// What was sent, in milliseconds.
  public var sentMs: UInt64 { UInt64(Double(sent) * 1000 / rate) }
}
