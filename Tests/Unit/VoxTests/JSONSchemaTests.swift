// The subset of JSON Schema 2020-12: every keyword both ways, and the refusal of all others.

import Testing
import Vox

struct JSONSchemaTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let schema: JSONValue
    let valid: [JSONValue]
    let invalid: [JSONValue]
    var testDescription: String { schema.text }
  }

  static let examples = [
    Example(schema: true, valid: [1, nil, [:]], invalid: []),
    Example(schema: false, valid: [], invalid: [1, nil, [:]]),
    Example(schema: [:], valid: [1, "a", nil], invalid: []),
    Example(schema: ["type": "string"], valid: ["", "a"], invalid: [1, nil, [:], []]),
    Example(schema: ["type": "integer"], valid: [1, -3, 2.0], invalid: [1.5, "1", true]),
    Example(schema: ["type": "number"], valid: [1, 1.5], invalid: ["1", nil]),
    Example(schema: ["type": "boolean"], valid: [true, false], invalid: [0, "true"]),
    Example(schema: ["type": "null"], valid: [nil], invalid: [0, false]),
    Example(schema: ["type": "array"], valid: [[]], invalid: [[:]]),
    Example(schema: ["type": "object"], valid: [[:]], invalid: [[]]),
    Example(schema: ["type": ["string", "null"]], valid: ["a", nil], invalid: [1]),
    Example(
      schema: ["properties": ["a": ["type": "integer"]]], valid: [["a": 1], ["b": "x"], [:], 7], invalid: [["a": "x"]]),
    Example(schema: ["required": ["a", "b"]], valid: [["a": 1, "b": 2]], invalid: [["a": 1], [:]]),
    Example(
      schema: ["properties": ["a": true], "additionalProperties": false], valid: [["a": 1], [:]], invalid: [["b": 1], ["a": 1, "b": 1]]),
    Example(schema: ["additionalProperties": true], valid: [["b": 1]], invalid: []),
    Example(
      schema: ["properties": ["a": true], "additionalProperties": ["type": "string"]], valid: [["a": 1, "b": "x"]], invalid: [["b": 1]]),
    Example(schema: ["items": ["type": "integer"]], valid: [[], [1, 2], "x"], invalid: [[1, "x"]]),
    Example(schema: ["enum": ["a", 1, nil]], valid: ["a", 1, nil], invalid: ["b", 2, false]),
    Example(schema: ["const": ["a": 1]], valid: [["a": 1]], invalid: [["a": 2], [:]]),
    Example(schema: ["minimum": 2], valid: [2, 2.5, "x"], invalid: [1, 1.9]),
    Example(schema: ["maximum": 2.5], valid: [2, 2.5], invalid: [2.6, 3]),
    Example(schema: ["exclusiveMinimum": 2], valid: [2.1, 3], invalid: [2, 1]),
    Example(schema: ["exclusiveMaximum": 2], valid: [1.9], invalid: [2, 3]),
    Example(schema: ["multipleOf": 5], valid: [0, 10, -5], invalid: [3, 5.5]),
    Example(schema: ["multipleOf": 0.5], valid: [1.5, 2], invalid: [1.25]),
    Example(schema: ["minLength": 2], valid: ["ab", "😀é"], invalid: ["a", "😀"]),
    Example(schema: ["maxLength": 2], valid: ["", "😀é"], invalid: ["abc"]),
    Example(schema: ["minLength": 2, "maxLength": 3], valid: ["ab", "abc"], invalid: ["a", "abcd"]),
    Example(schema: ["minItems": 1, "maxItems": 2], valid: [[1], [1, 2]], invalid: [[], [1, 2, 3]]),
    Example(schema: ["uniqueItems": true], valid: [[], [1, "1", [:]]], invalid: [[1, 1], [["a": 1], ["a": 1]]]),
    Example(schema: ["uniqueItems": false], valid: [[1, 1]], invalid: []),
    Example(schema: ["anyOf": [["type": "string"], ["minimum": 5]]], valid: ["a", 5, nil], invalid: [4]),
    Example(
      schema: [
        "title": "t", "description": "d", "default": 5, "examples": [1], "format": "date", "deprecated": true, "scope": "account",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
      ], valid: ["no date", 1], invalid: []),
  ]

  /// Each keyword accepts what it should and refuses what it should.
  @Test(arguments: examples) func keyword(example: Example) throws {
    let schema = try JSONSchema(example.schema)
    for value in example.valid { #expect(schema.problems(in: value).isEmpty, "\(value.text)") }
    for value in example.invalid { #expect(!schema.problems(in: value).isEmpty, "\(value.text)") }
  }

  /// Keywords of 2020-12 that are not in the subset, and words that are none, are refused by name, however deep they stand.
  @Test(arguments: [
    "pattern", "patternProperties", "propertyNames", "prefixItems", "contains", "minContains", "maxContains", "allOf", "oneOf", "not",
    "if", "then", "else", "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties", "minProperties",
    "maxProperties", "$ref", "$defs", "$id", "contentEncoding", "readOnly", "tpye",
  ])
  func unsupported(keyword: String) throws {
    let error = #expect(throws: JSONSchema.Problem.self) { try JSONSchema(.object([keyword: true])) }
    #expect(error?.reason.contains("'\(keyword)'") == true)
    let deep: JSONValue = ["properties": ["a": ["items": ["anyOf": [.object([keyword: true])]]]]]
    let inner = #expect(throws: JSONSchema.Problem.self) { try JSONSchema(deep) }
    #expect(inner?.path == "/properties/a/items/anyOf/0/\(keyword)")
  }

  /// A keyword with a value of the wrong kind is refused when the schema is compiled.
  @Test(
    arguments: [
      ["type": "text"], ["type": []], ["type": ["string", "text"]], ["type": 1], ["properties": []], ["required": "a"], ["required": [1]],
      ["additionalProperties": "no"], ["items": 1], ["enum": []], ["enum": "a"], ["minimum": "1"], ["maximum": nil],
      ["exclusiveMinimum": true], ["exclusiveMaximum": "x"], ["multipleOf": 0], ["multipleOf": -1], ["minLength": -1], ["maxLength": 1.5],
      ["minItems": "1"], ["maxItems": -1], ["uniqueItems": 1], ["anyOf": []], ["anyOf": [:]], "string", nil, [1],
    ] as [JSONValue])
  func malformed(schema: JSONValue) { #expect(throws: JSONSchema.Problem.self) { try JSONSchema(schema) } }

  /// A problem names the place as a JSON Pointer and the known members.
  @Test func problemsAreNamed() throws {
    let schema = try JSONSchema([
      "type": "object", "additionalProperties": false, "required": ["voice"],
      "properties": ["voice": ["type": "string"], "speeds": ["type": "array", "items": ["type": "number", "maximum": 2]]],
    ])
    let problems = schema.problems(in: ["speeds": [1, 3, "x"], "volume": 1]).map(\.description)
    #expect(problems.contains("the member 'voice' is missing"))
    #expect(problems.contains("/speeds/1: must be at most 2.0"))
    #expect(problems.contains("/speeds/2: expected number, found string"))
    #expect(problems.contains("/volume: unknown; known are speeds, voice"))
  }

  /// A value that is wrong in a thousand places is told apart from a right one without a thousand sentences.
  @Test func problemsAreBounded() throws {
    let schema = try JSONSchema(["items": ["type": "string"]])
    #expect(schema.problems(in: .array(Array(repeating: 1, count: 1_000))).count == 20)
  }

  /// A schema nested beyond the bound of JSON is refused rather than followed.
  @Test func depth() {
    var schema: JSONValue = ["type": "string"]
    for _ in 0..<200 { schema = ["items": schema] }
    #expect(throws: JSONSchema.Problem.self) { try JSONSchema(schema) }
  }
}
