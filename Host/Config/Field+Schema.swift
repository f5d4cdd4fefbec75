// Schemas in configuration files, and values checked against schemas, with the line of each mistake.

public import Vox

extension Field {
  /// A JSON Schema, as written and compiled. An unsupported keyword is reported at its line.
  public func schema() -> (text: JSONValue, compiled: JSONSchema)? {
    guard let json = object() else { return nil }
    do throws(JSONSchema.Problem) {
      return (json, try JSONSchema(json))
    } catch {
      report(error)
      return nil
    }
  }

  /// This value as JSON, if `schema` allows it; each violation is reported at its line.
  public func json(allowedBy schema: JSONSchema) -> JSONValue? {
    guard let json = json() else { return nil }
    let problems = schema.problems(in: json)
    for problem in problems { report(problem) }
    return problems.isEmpty ? json : nil
  }

  private func report(_ problem: JSONSchema.Problem) {
    let place = descendant(problem.path)
    file.report(problem.reason, line: place.line, field: place.path)
  }

  /// The value that a JSON Pointer (RFC 6901) names, or the nearest one above it.
  private func descendant(_ pointer: String) -> (line: Int, path: String) {
    var here = tree
    var line = tree.line
    var way = path
    for token in pointer.split(separator: "/") {
      let name = token.replacing("~1", with: "/").replacing("~0", with: "~")
      switch here.shape {
      case .mapping(let members):
        guard let member = members.first(where: { $0.key == name }) else { return (line, way) }
        here = member.value
        line = member.line
        way += "." + name
      case .list(let items):
        guard let index = Int(name), items.indices.contains(index) else { return (line, way) }
        here = items[index]
        line = here.line
        way += "[\(index)]"
      default: return (line, way)
      }
    }
    return (line, way)
  }
}
