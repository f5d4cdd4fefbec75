// When a second provider is started although the first has not failed.

/// A tenant's choice between money and waiting: "The Tail at Scale" (Dean and Barroso, 2013) calls it a hedged request.
public enum Hedge: Equatable, Sendable {
  case off
  /// When the first is later than its own recent 95th percentile.
  case p95
  /// After so many milliseconds.
  case fixedMs(Int)

  /// How long after the start of an attempt the next one is started beside it; nil: never.
  ///
  /// - Parameters:
  ///   - p95Ms: the account's recent 95th percentile of the first output; nil while it is not known. Worked out only if it is needed.
  ///   - deadlines: the attempt's own. Without a percentile seven tenths of the first-output deadline stand for it: late enough to be
  ///     rare, early enough to gain something.
  func delayMs(p95Ms: @autoclosure () -> Int?, _ deadlines: Deadlines) -> Int? {
    switch self {
    case .off: nil
    case .p95: max(p95Ms() ?? deadlines.firstOutputMs / 10 * 7, Limits.hedgeMinMs)
    case .fixedMs(let ms): max(ms, Limits.hedgeMinMs)
    }
  }
}
