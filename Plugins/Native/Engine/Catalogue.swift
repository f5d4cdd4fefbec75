// All functions an operator offers, found in their libraries.

public import Vox

/// The functions by the names the agent calls them.
public struct Catalogue: Sendable {
  public let functions: [String: NativeFunction]

  /// Reads `timeout_ms` and `functions` of the settings, opens the libraries and finds the symbols. Opening runs a library's
  /// start-up code on this thread.
  /// - Throws: everything that is wrong; the functions that are not wrong are not kept either.
  public init(_ settings: JSONValue) throws(Refusal) {
    var reader = DeclarationReader()
    let declarations = reader.read(settings)
    guard reader.problems.isEmpty else { throw Refusal(problems: reader.problems) }
    var problems: [Problem] = []
    var functions: [String: NativeFunction] = [:]
    for declaration in declarations {
      let path = "/functions/\(declaration.tool)"
      do throws(Problem) {
        let library = try SharedObject(declaration.library, at: "\(path)/library")
        functions[declaration.tool] = try NativeFunction(declaration, in: library, at: path)
      } catch { problems.append(error) }
    }
    guard problems.isEmpty else { throw Refusal(problems: problems) }
    self.functions = functions
  }

  /// Why the settings are refused.
  public struct Refusal: Error, Sendable, CustomStringConvertible {
    public let problems: [Problem]
    /// The first ones; more would not fit a line of the log.
    public var description: String { problems.prefix(5).map(\.description).joined(separator: "; ") }
  }

  /// What a model reads of the functions, by name.
  public var tools: [ToolDescription] {
    functions.values.map(\.declaration).sorted { $0.tool < $1.tool }
      .map { ToolDescription(name: $0.tool, description: $0.description, schema: $0.schema) }
  }
}
