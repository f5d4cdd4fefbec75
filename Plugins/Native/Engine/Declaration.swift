// A function as the operator declared it, before anything of it has been looked up.

public import Vox

/// What the settings say about one function.
public struct Declaration: Sendable {
  /// The name by which the agent calls it.
  public let tool: String
  public let description: String
  /// An absolute path, or a bare name that the dynamic linker finds.
  public let library: String
  public let symbol: String
  public let arguments: [Argument]
  public let answer: Answer
  /// How long a call may take, its wait for the library included.
  public let timeoutMs: Int
  /// JSON Schema of what the agent gives: the operator's own, or derived from the types.
  public let schema: JSONValue
  /// The operator's own schema, compiled; nil when it is derived, because the types say the same.
  let ownSchema: JSONSchema?

  /// The names the agent gives values for, in C's order.
  var asked: [String] { arguments.compactMap { if case .agent = $0.source { $0.name } else { nil } } }

  /// Arguments of a call as C takes them, in its order.
  /// - Throws: `invalid`, with every argument that is wrong and what it should be.
  public func passed(_ given: JSONValue) throws(ProviderError) -> [Passed] {
    guard let members = given.object else { throw wrong(["The arguments must be an object, found \(given.typeName)."]) }
    var problems: [String] = []
    let known = asked.isEmpty ? "it takes none" : "it takes \(asked.joined(separator: ", "))"
    for name in members.keys.sorted() where !asked.contains(name) {
      problems.append("'\(tool)' has no argument '\(name.prefix(64))'; \(known).")
    }
    let passed: [Passed] = arguments.compactMap { argument in
      switch argument.source {
      case .constant(let value, _): return value
      case .buffer(let bytes): return .buffer(bytes: bytes)
      case .agent(let type, _):
        guard let value = members[argument.name] else {
          problems.append("The argument '\(argument.name)' is missing; it must be \(type.expectation).")
          return nil
        }
        if let value = type.passed(value) { return value }
        problems.append("The argument '\(argument.name)' must be \(type.expectation), found \(value.text.prefix(60)).")
        return nil
      }
    }
    if problems.isEmpty, let ownSchema {
      problems = ownSchema.problems(in: given).map { "The argument '\($0.path.dropFirst())' is refused: \($0.reason)." }
    }
    guard problems.isEmpty else { throw wrong(problems) }
    return passed
  }

  private func wrong(_ problems: [String]) -> ProviderError {
    ProviderError(.invalid, problems.prefix(5).joined(separator: " "), code: "bad_arguments")
  }
}
