// Hedges, caps and rules as a chain's author writes them.

import Config
import Failover

extension Hedge {
  /// `off`, `p95`, or a number of milliseconds.
  init?(_ field: Field) {
    guard let text = field.text(1...16) else { return nil }
    switch text {
    case "off": self = .off
    case "p95": self = .p95
    case _ where Int(text) != nil:
      guard let ms = field.integer(10...60_000) else { return nil }
      self = .fixedMs(ms)
    default:
      field.report("expected off, p95 or a number of milliseconds, found '\(text)'")
      return nil
    }
  }
}

extension SpendCap {
  /// `perHour`, hedged attempts, and `costPerHour`, their money; at least one of them.
  init(_ fields: Fields) {
    self.init(
      perHour: fields.field("perHour")?.integer(0...1_000_000), costPerHour: fields.field("costPerHour")?.fields { Money($0) } ?? nil)
    if fields.field("perHour") == nil, fields.field("costPerHour") == nil {
      fields.report("caps nothing; give perHour, a number of hedged attempts, or costPerHour, an amount and its currency")
    }
  }
}

extension Rules {
  init(_ fields: Fields) {
    self.init(
      regions: fields.tags("regions"), agreements: fields.tags("agreements"),
      maxPrice: fields.field("maxPrice")?.fields { Price($0) } ?? nil)
  }
}
