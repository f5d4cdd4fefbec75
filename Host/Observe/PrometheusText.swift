// Writes figures in the text format that Prometheus reads.

/// The Prometheus text exposition format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
public enum PrometheusText {
  /// What the response's `content-type` must say.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The families in the order given, each with its help and type. A family without samples is left out.
  public static func write(_ families: [MetricFamily]) -> String {
    var out = ""
    for family in families where !family.samples.isEmpty {
      out += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
      out += "# TYPE \(family.name) \(family.kind.rawValue)\n"
      for sample in family.samples {
        out += family.name + sample.suffix
        if !sample.labels.isEmpty {
          let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
          out += "{" + labels.joined(separator: ",") + "}"
        }
        out += " \(number(sample.value))\n"
      }
    }
    return out
  }

  /// Whole numbers without a fraction, the others in the shortest form that reads back as the same Double.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return String(whole) }
    return value.description
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\"" where quotes: out += "\\\""
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
