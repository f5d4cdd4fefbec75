// The part of JSON Schema 2020-12 that settings and tools are described in, and the check against it.

/// A compiled schema.
///
/// Known keywords: `type` (one or a list), `properties`, `required`, `additionalProperties` (bool or schema), `items`, `enum`,
/// `const`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `minLength`, `maxLength` (Unicode
/// scalars), `minItems`, `maxItems`, `uniqueItems`, `anyOf`; and, without effect, `title`, `description`, `default`, `examples`,
/// `format`, `deprecated`, `$schema`, `scope`. Every other keyword is refused when the schema is compiled, because a keyword that
/// is silently ignored is a promise silently broken. Source: json-schema.org, draft 2020-12, Validation.
public struct JSONSchema: Sendable, Hashable {
  /// What is wrong with a value or a schema: where (a JSON Pointer, RFC 6901) and what was expected.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
  }

  /// More would help nobody to mend a value.
  private static let maxProblems = 20
  private static let silent: Set<String> = [
    "title", "description", "default", "examples", "format", "deprecated", "$schema", "scope",
  ]
  private static let types: Set<String> = ["null", "boolean", "integer", "number", "string", "array", "object"]

  private var types: Set<String> = []
  private var properties: [String: JSONSchema] = [:]
  private var required: [String] = []
  private var additional: Additional = .allowed
  private var items: [JSONSchema] = []
  private var allowed: [JSONValue]?
  private var minimum: Double?
  private var maximum: Double?
  private var exclusiveMinimum: Double?
  private var exclusiveMaximum: Double?
  private var multipleOf: Double?
  private var lengths = 0...Int.max
  private var counts = 0...Int.max
  private var uniqueItems = false
  private var anyOf: [JSONSchema] = []
  private var rejectsAll = false

  private enum Additional: Hashable, Sendable {
    case allowed
    case refused
    indirect case matching([JSONSchema])
  }

  /// Compiles a schema; an unknown keyword, a wrong type of a keyword's value or a depth beyond `JSONValue.maxDepth` is refused.
  public init(_ schema: JSONValue) throws(Problem) { try self.init(schema, at: "", depth: 0) }

  private init(_ schema: JSONValue, at path: String, depth: Int) throws(Problem) {
    guard depth <= JSONValue.maxDepth else { throw Problem(path: path, reason: "the schema is nested too deeply") }
    if case .bool(let accepts) = schema {
      rejectsAll = !accepts
      return
    }
    guard case .object(let keywords) = schema else {
      throw Problem(path: path, reason: "a schema must be an object or a boolean, found \(schema.typeName)")
    }
    for (keyword, value) in keywords.sorted(by: { $0.key < $1.key }) {
      try read(keyword, value, at: "\(path)/\(keyword)", depth: depth)
    }
  }

  private mutating func read(_ keyword: String, _ value: JSONValue, at path: String, depth: Int) throws(Problem) {
    switch keyword {
    case "type":
      let names = value.array.map { $0.compactMap(\.string) } ?? [value.string].compactMap { $0 }
      guard !names.isEmpty, Self.types.isSuperset(of: names) else {
        throw Problem(path: path, reason: "must be one or more of \(Self.types.sorted().joined(separator: ", "))")
      }
      types = Set(names)
    case "properties":
      guard let members = value.object else { throw Problem(path: path, reason: "must be an object") }
      for (name, schema) in members {
        properties[name] = try JSONSchema(schema, at: "\(path)/\(name)", depth: depth + 1)
      }
    case "required":
      guard let names = value.array, names.allSatisfy({ $0.string != nil }) else {
        throw Problem(path: path, reason: "must be a list of names")
      }
      required = names.compactMap(\.string)
    case "additionalProperties":
      if let allowed = value.bool {
        additional = allowed ? .allowed : .refused
      } else {
        additional = .matching([try JSONSchema(value, at: path, depth: depth + 1)])
      }
    case "items": items = [try JSONSchema(value, at: path, depth: depth + 1)]
    case "anyOf":
      guard let schemas = value.array, !schemas.isEmpty else { throw Problem(path: path, reason: "must be a list of schemas") }
      for (i, schema) in schemas.enumerated() {
        anyOf.append(try JSONSchema(schema, at: "\(path)/\(i)", depth: depth + 1))
      }
    case "enum":
      guard let values = value.array, !values.isEmpty else { throw Problem(path: path, reason: "must be a list of values") }
      allowed = values
    case "const": allowed = [value]
    case "minimum": minimum = try number(value, path)
    case "maximum": maximum = try number(value, path)
    case "exclusiveMinimum": exclusiveMinimum = try number(value, path)
    case "exclusiveMaximum": exclusiveMaximum = try number(value, path)
    case "multipleOf":
      let step = try number(value, path)
      guard step > 0 else { throw Problem(path: path, reason: "must be above 0") }
      multipleOf = step
    case "minLength": lengths = try range(try count(value, path), lengths.upperBound, path)
    case "maxLength": lengths = try range(lengths.lowerBound, try count(value, path), path)
    case "minItems": counts = try range(try count(value, path), counts.upperBound, path)
    case "maxItems": counts = try range(counts.lowerBound, try count(value, path), path)
    case "uniqueItems":
      guard let unique = value.bool else { throw Problem(path: path, reason: "must be true or false") }
      uniqueItems = unique
    default:
      guard Self.silent.contains(keyword) else {
        throw Problem(path: path, reason: "the keyword '\(keyword)' is not supported; remove it or describe it in words")
      }
    }
  }

  private func number(_ value: JSONValue, _ path: String) throws(Problem) -> Double {
    guard let d = value.double else { throw Problem(path: path, reason: "must be a number") }
    return d
  }

  private func range(_ low: Int, _ high: Int, _ path: String) throws(Problem) -> ClosedRange<Int> {
    guard low <= high else { throw Problem(path: path, reason: "the smallest allowed, \(low), is above the largest, \(high)") }
    return low...high
  }

  private func count(_ value: JSONValue, _ path: String) throws(Problem) -> Int {
    guard let n = value.int, n >= 0 else { throw Problem(path: path, reason: "must be a whole number of 0 or more") }
    return n
  }

  /// Everything that is wrong with `value`, the first 20 problems; empty when it is valid.
  public func problems(in value: JSONValue) -> [Problem] {
    var found: [Problem] = []
    check(value, at: "", into: &found)
    return found
  }

  private func check(_ value: JSONValue, at path: String, into found: inout [Problem]) {
    guard found.count < Self.maxProblems else { return }
    func report(_ reason: String) { if found.count < Self.maxProblems { found.append(Problem(path: path, reason: reason)) } }
    if rejectsAll { return report("no value is allowed here") }
    if !types.isEmpty, !types.contains(value.typeName), !(types.contains("number") && value.typeName == "integer"),
      !(types.contains("integer") && value.double.map { $0 == $0.rounded() } == true)
    {
      return report("expected \(types.sorted().joined(separator: " or ")), found \(value.typeName)")
    }
    if let allowed, !allowed.contains(where: { Self.same($0, value) }) {
      report("expected one of \(allowed.map(\.text).joined(separator: ", ")), found \(value.text.prefix(80))")
    }
    if !anyOf.isEmpty, !anyOf.contains(where: { $0.problems(in: value).isEmpty }) {
      report("matches none of the \(anyOf.count) allowed forms")
    }
    switch value {
    case .int, .number: checkNumber(value.double ?? 0, report)
    case .string(let s):
      let length = s.unicodeScalars.count
      if !lengths.contains(length) { report("expected a length \(Self.range(lengths)), found \(length)") }
    case .array(let elements):
      if !counts.contains(elements.count) { report("expected \(Self.range(counts)) elements, found \(elements.count)") }
      if uniqueItems, Self.hasTwins(elements) { report("the elements must differ from each other") }
      for (i, element) in elements.enumerated() { items.first?.check(element, at: "\(path)/\(i)", into: &found) }
    case .object(let members): checkMembers(members, at: path, into: &found)
    case .null, .bool: break
    }
  }

  private func checkNumber(_ d: Double, _ report: (String) -> Void) {
    if let minimum, d < minimum { report("must be at least \(minimum)") }
    if let maximum, d > maximum { report("must be at most \(maximum)") }
    if let exclusiveMinimum, d <= exclusiveMinimum { report("must be above \(exclusiveMinimum)") }
    if let exclusiveMaximum, d >= exclusiveMaximum { report("must be below \(exclusiveMaximum)") }
    if let multipleOf {
      // 19.99 is a multiple of 0.01, although neither has an exact binary form.
      let quotient = d / multipleOf
      if abs(quotient - quotient.rounded()) > 1e-9 * max(1, abs(quotient)) { report("must be a multiple of \(multipleOf)") }
    }
  }

  /// Equality of JSON Schema: 1 and 1.0 are the same number.
  private static func same(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.int, .number), (.number, .int): a.double == b.double
    case (.array(let x), .array(let y)): x.count == y.count && zip(x, y).allSatisfy(same)
    case (.object(let x), .object(let y)): x.count == y.count && x.allSatisfy { key, value in y[key].map { same(value, $0) } ?? false }
    default: a == b
    }
  }

  private static func hasTwins(_ elements: [JSONValue]) -> Bool {
    elements.indices.contains { i in elements[(i + 1)...].contains { same(elements[i], $0) } }
  }

  private func checkMembers(_ members: [String: JSONValue], at path: String, into found: inout [Problem]) {
    for name in required where members[name] == nil && found.count < Self.maxProblems {
      found.append(Problem(path: path, reason: "the member '\(name)' is missing"))
    }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      guard found.count < Self.maxProblems else { return }
      // RFC 6901, section 3: these two characters are escaped in a pointer.
      let memberPath = "\(path)/\(name.replacing("~", with: "~0").replacing("/", with: "~1"))"
      if let schema = properties[name] {
        schema.check(member, at: memberPath, into: &found)
        continue
      }
      switch additional {
      case .allowed: break
      case .refused:
        let known = properties.keys.sorted().joined(separator: ", ")
        found.append(Problem(path: memberPath, reason: known.isEmpty ? "unknown; no member is allowed" : "unknown; known are \(known)"))
      case .matching(let schemas): schemas.first?.check(member, at: memberPath, into: &found)
      }
    }
  }

  private static func range(_ r: ClosedRange<Int>) -> String {
    r.upperBound == .max ? "of at least \(r.lowerBound)" : "of \(r.lowerBound) to \(r.upperBound)"
  }
}
