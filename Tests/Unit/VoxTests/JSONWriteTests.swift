// Writing JSON and looking into values.

import Testing
import Vox

struct JSONWriteTests {
  private static let written: [(JSONValue, String)] = [
    (nil, "null"), (["b": 1, "a": [true, 2.5]], #"{"a":[true,2.5],"b":1}"#), ("\"\\\n\r\t\u{1}\u{1f}", #""\"\\\n\r\t\u0001\u001f""#),
    ("é€😀/", "\"é€😀/\""), (.int(.min), "-9223372036854775808"), (.number(.infinity), "null"), (.number(.nan), "null"), ([:], "{}"),
    ([], "[]"),
  ]

  /// The text is compact, its members are in the order of their names, control characters are escaped.
  @Test(arguments: written) func writes(value: JSONValue, text: String) { #expect(value.text == text) }

  /// Numbers keep their value and their kind through text.
  @Test(arguments: [0.1, -0.0, 1e300, 5e-324, 3.0, 123_456_789.125])
  func numbersKeep(d: Double) throws { #expect(try JSONValue(parsing: JSONValue.number(d).text) == .number(d)) }

  /// Equal values are the same text, in whatever order their members were added.
  @Test func canonical() {
    var one: [String: JSONValue] = [:]
    var other: [String: JSONValue] = [:]
    for i in 0..<50 {
      one["k\(i)"] = .int(Int64(i))
      other["k\(49 - i)"] = .int(Int64(49 - i))
    }
    #expect(JSONValue.object(one).text == JSONValue.object(other).text)
  }

  /// Accessors answer only for their own kind; a whole number counts as an integer.
  @Test func accessors() {
    let value: JSONValue = ["s": "x", "b": true, "i": 3, "d": 3.0, "f": 3.5, "a": [1], "n": nil]
    #expect(value["s"]?.string == "x")
    #expect(value["s"]?.int == nil)
    #expect(value["b"]?.bool == true)
    #expect(value["i"]?.int == 3)
    #expect(value["i"]?.double == 3)
    #expect(value["d"]?.int == 3)
    #expect(value["f"]?.int == nil)
    #expect(JSONValue.number(1e300).int == nil)
    #expect(value["a"]?.array == [1])
    #expect(value["n"]?.isNull == true)
    #expect(value["x"] == nil)
    #expect(JSONValue.array([])["x"] == nil)
    #expect(["s", "b", "i", "d", "a", "n"].map { value[$0]?.typeName } == ["string", "boolean", "integer", "number", "array", "null"])
    #expect(value.typeName == "object")
  }

  /// Laying one object over another goes member by member, however deep; anything else is replaced.
  @Test func merging() {
    let base: JSONValue = ["a": ["x": 1, "y": 2], "b": [1, 2], "c": 3]
    #expect(base.merging(["a": ["y": 5, "z": 6], "b": [9]]) == ["a": ["x": 1, "y": 5, "z": 6], "b": [9], "c": 3])
    #expect(base.merging(7) == 7)
    #expect(JSONValue.null.merging(base) == base)
  }
}
