// Why a flow file cannot be used.

/// A fault in a flow file, told so that its author can mend it.
public struct FlowProblem: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  /// Counted from 1; nil when the whole file is meant.
  public let line: Int?
  /// One sentence: what was found, what was expected.
  public let text: String

  public init(file: String, line: Int?, text: String) {
    (self.file, self.line, self.text) = (file, line, text)
  }

  /// `demo/flow.yaml:12: ...`
  public var description: String { file + (line.map { ":\($0)" } ?? "") + ": " + text }
}
