// The host's own figures: counted where things happen, read when somebody asks.

import Synchronization

/// All meters of a host by name. Ask for a meter once and keep it: looking it up takes a lock, using it does not.
///
/// Asking twice for the same name and labels answers the same meter. A name that is already taken by another kind, or that no
/// format could write, is a mistake in the program and traps.
public final class Metrics: Sendable {
  private enum Meter {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
  }

  private struct Family {
    let help: String
    let kind: MetricFamily.Kind
    var series: [(labels: [MetricFamily.Label], meter: Meter)] = []
  }

  private let families = Mutex<[String: Family]>([:])

  public init() {}

  public func counter(_ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:]) -> Counter {
    guard case .counter(let meter) = meter(name, help, .counter, labels, { .counter(Counter()) }) else { preconditionFailure() }
    return meter
  }

  public func gauge(_ name: String, _ help: String, labels: KeyValuePairs<String, String> = [:]) -> Gauge {
    guard case .gauge(let meter) = meter(name, help, .gauge, labels, { .gauge(Gauge()) }) else { preconditionFailure() }
    return meter
  }

  /// - Parameter bounds: inclusive upper bounds of the buckets.
  public func histogram(
    _ name: String, _ help: String, bounds: [Double] = Histogram.latencySeconds, labels: KeyValuePairs<String, String> = [:]
  ) -> Histogram {
    guard case .histogram(let meter) = meter(name, help, .histogram, labels, { .histogram(Histogram(bounds)) }) else {
      preconditionFailure()
    }
    return meter
  }

  private func meter(
    _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ labels: KeyValuePairs<String, String>, _ make: () -> Meter
  ) -> Meter {
    precondition(Self.isName(name) && labels.allSatisfy { Self.isName($0.key) }, "'\(name)' or one of its labels is no name")
    let labels = labels.map { MetricFamily.Label($0.key, $0.value) }
    return families.withLock { families in
      var family = families[name] ?? Family(help: help, kind: kind)
      precondition(family.kind == kind, "'\(name)' is already a \(family.kind.rawValue)")
      if let known = family.series.first(where: { $0.labels == labels }) { return known.meter }
      let made = make()
      family.series.append((labels, made))
      families[name] = family
      return made
    }
  }

  /// The names that the Prometheus data model allows, without the colon it keeps for rules.
  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 }
  }

  /// Everything as it is now, by name.
  public func snapshot() -> [MetricFamily] {
    families.withLock { families in
      families.sorted { $0.key < $1.key }.map { name, family in
        MetricFamily(name, family.help, family.kind, family.series.flatMap { Self.samples($0.meter, $0.labels) })
      }
    }
  }

  private static func samples(_ meter: Meter, _ labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
    switch meter {
    case .counter(let counter): return [MetricFamily.Sample(Double(counter.value), labels: labels)]
    case .gauge(let gauge): return [MetricFamily.Sample(gauge.value, labels: labels)]
    case .histogram(let histogram):
      let counts = histogram.cumulative
      let bounds = histogram.bounds.map(PrometheusText.number) + ["+Inf"]
      var samples = zip(bounds, counts).map { bound, count in
        MetricFamily.Sample(Double(count), labels: labels + [MetricFamily.Label("le", bound)], suffix: "_bucket")
      }
      samples.append(MetricFamily.Sample(histogram.sum, labels: labels, suffix: "_sum"))
      samples.append(MetricFamily.Sample(Double(counts.last ?? 0), labels: labels, suffix: "_count"))
      return samples
    }
  }
}
