// Figures as they are at one moment, ready to be written in any format.

/// One named figure with all its label combinations.
public struct MetricFamily: Equatable, Sendable {
  /// How a reader may add up and compare the samples.
  public enum Kind: String, Sendable {
    /// Only grows; starts again from 0 with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts per bucket, with their sum.
    case histogram
  }

  /// One label of a sample.
  public struct Label: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One number.
  public struct Sample: Equatable, Sendable {
    /// What follows the family's name: `_bucket`, `_sum`, `_count` of a histogram, otherwise empty.
    public let suffix: String
    public let labels: [Label]
    public let value: Double

    public init(_ value: Double, labels: [Label] = [], suffix: String = "") {
      self.value = value
      self.labels = labels
      self.suffix = suffix
    }
  }

  public let name: String
  public let help: String
  public let kind: Kind
  public let samples: [Sample]

  /// - Parameters:
  ///   - name: letters, digits and underscores, the unit last (`_seconds`, `_bytes`), a counter ending in `_total`.
  ///   - help: one sentence for people.
  public init(_ name: String, _ help: String, _ kind: Kind, _ samples: [Sample]) {
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }
}
