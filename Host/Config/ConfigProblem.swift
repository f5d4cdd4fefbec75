// What is wrong in a configuration file, so that its author finds the place at once.

/// One mistake in one file.
public struct ConfigProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// Counted from 1; nil when the file as a whole is meant.
  public var line: Int?
  /// The way to the field: `tools[2].schema`. Empty for the file as a whole.
  public var field: String
  /// What was expected, what was found, what to do.
  public var message: String

  public init(file: String, line: Int? = nil, field: String = "", _ message: String) {
    self.file = file
    self.line = line
    self.field = field
    self.message = message
  }

  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return field.isEmpty ? "\(place): \(message)" : "\(place): \(field): \(message)"
  }
}

/// What came of reading a file: the value if nothing is wrong, otherwise every problem found.
public struct Loaded<Value> {
  public var value: Value?
  public var problems: [ConfigProblem]

  public init(value: Value?, problems: [ConfigProblem]) {
    self.value = problems.isEmpty ? value : nil
    self.problems = problems
  }
}

extension Loaded: Sendable where Value: Sendable {}
