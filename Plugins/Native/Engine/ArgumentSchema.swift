// The JSON Schema of a function's arguments: derived from their types, or the operator's own held against them.

import Vox

enum ArgumentSchema {
  /// Every argument that the agent gives, all of them required.
  static func derived(from arguments: [Argument]) -> JSONValue {
    var properties: [String: JSONValue] = [:]
    var required: [JSONValue] = []
    for argument in arguments {
      guard case .agent(let type, let description) = argument.source else { continue }
      var schema = type.schema
      if !description.isEmpty { schema["description"] = .string(description) }
      properties[argument.name] = .object(schema)
      required.append(.string(argument.name))
    }
    return ["type": "object", "additionalProperties": false, "properties": .object(properties), "required": .array(required)]
  }

  /// What an operator's schema promises the agent and the types do not keep.
  static func problems(in schema: JSONValue, of arguments: [Argument], at path: String) -> [Problem] {
    var found: [Problem] = []
    if schema["type"]?.string != "object" { found.append(Problem("\(path)/type", "must be object, because a tool's arguments are one")) }
    let properties = schema["properties"]?.object ?? [:]
    let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
    var asked: Set<String> = []
    for argument in arguments {
      guard case .agent(let type, let description) = argument.source else { continue }
      asked.insert(argument.name)
      let place = "\(path)/properties/\(argument.name)"
      guard let property = properties[argument.name] else {
        found.append(Problem(place, "is missing, although the function takes the argument; describe it here"))
        continue
      }
      if !required.contains(argument.name) {
        found.append(Problem("\(path)/required", "must name '\(argument.name)', because C knows no optional arguments"))
      }
      if !description.isEmpty { found.append(Problem(place, "is described in the argument too; keep one of the two descriptions")) }
      found += problems(in: property, of: type, at: place)
    }
    for name in Set(properties.keys).union(required).subtracting(asked).sorted() {
      found.append(Problem("\(path)/properties/\(name)", "names no argument that the agent gives; remove it"))
    }
    return found
  }

  private static func problems(in property: JSONValue, of type: CType, at path: String) -> [Problem] {
    var found: [Problem] = []
    let names = property["type"].map { $0.array.map { $0.compactMap(\.string) } ?? [$0.string].compactMap(\.self) }
    let allowed = allowedNames(type)
    if let names {
      if !allowed.isSuperset(of: names) {
        found.append(Problem("\(path)/type", "must be \(allowed.sorted().joined(separator: " or ")) for the C type \(type.rawValue)"))
      }
    } else if property["enum"] == nil, property["const"] == nil {
      found.append(Problem("\(path)/type", "is missing; the C type \(type.rawValue) is \(allowed.sorted().joined(separator: " or "))"))
    }
    let values = ["minimum", "maximum", "const"].compactMap { keyword in property[keyword].map { (keyword, $0) } }
    for (keyword, value) in values + (property["enum"]?.array ?? []).map({ ("enum", $0) }) where type.passed(value) == nil {
      found.append(
        Problem("\(path)/\(keyword)", "\(value.text.prefix(60)) does not fit the C type \(type.rawValue), which is \(type.expectation)"))
    }
    return found
  }

  private static func allowedNames(_ type: CType) -> Set<String> {
    switch type {
    case .bool: ["boolean"]
    case .string: ["string"]
    case .float, .double: ["number", "integer"]
    case .uint64: ["integer", "string"]
    default: ["integer"]
    }
  }
}
