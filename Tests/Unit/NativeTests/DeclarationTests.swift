// What an operator may declare, what is derived from it, and every refusal.

import NativeEngine
import Testing
import Vox

@Suite struct DeclarationTests {
  /// What is wrong with one function's declaration, each as the operator reads it.
  private func problems(_ symbol: String = "count", _ arguments: JSONValue = [], _ result: JSONValue? = nil, _ more: JSONValue = [:])
    -> [String]
  {
    let error = #expect(throws: Catalogue.Refusal.self) { try Fixtures.function(symbol, arguments, result, more) }
    return (error?.problems ?? []).map(\.description)
  }

  private func argument(_ members: JSONValue) -> [String] {
    problems("count", [JSONValue.object(["name": "x"]).merging(members), ["name": "room", "buffer": 300]])
  }

  private let first = "settings/functions/count/arguments/0"

  // MARK: the schema

  /// The schema says of every type what it holds, and asks for exactly what the agent gives.
  @Test func derivesASchema() throws {
    let types = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double", "string"]
    var arguments = types.map { type -> JSONValue in ["name": .string(type), "type": .string(type)] }
    arguments[0] = ["name": "bool", "type": "bool", "description": "Yes or no."]
    arguments += [
      ["name": "fixed", "type": "int8", "value": -1], ["name": "room", "buffer": 9], ["name": "n", "type": "uint8", "size_of": "room"],
    ]
    let schema = try Fixtures.function("count", .array(arguments)).declaration.schema
    #expect(schema["type"] == "object")
    #expect(schema["additionalProperties"] == false)
    #expect(schema["required"] == .array(types.map(JSONValue.string)))
    #expect(
      schema["properties"] == [
        "bool": ["type": "boolean", "description": "Yes or no."],
        "int8": ["type": "integer", "minimum": -128, "maximum": 127],
        "int16": ["type": "integer", "minimum": -32_768, "maximum": 32_767],
        "int32": ["type": "integer", "minimum": -2_147_483_648, "maximum": 2_147_483_647],
        "int64": ["type": "integer", "minimum": .int(.min), "maximum": .int(.max)],
        "uint8": ["type": "integer", "minimum": 0, "maximum": 255],
        "uint16": ["type": "integer", "minimum": 0, "maximum": 65_535],
        "uint32": ["type": "integer", "minimum": 0, "maximum": 4_294_967_295],
        "uint64": ["type": ["integer", "string"], "minimum": 0],
        "float": ["type": "number"], "double": ["type": "number"], "string": ["type": "string"],
      ])
    #expect(throws: Never.self) { try JSONSchema(schema) }
  }

  private func own(_ properties: JSONValue, required: JSONValue = ["n", "text"], type: JSONValue = "object") -> JSONValue {
    ["schema": ["type": type, "required": required, "properties": properties]]
  }

  private let two: JSONValue = [["name": "n", "type": "uint8"], ["name": "text", "type": "string"]]

  /// The operator's own schema is told to the agent, and narrows what the types allow.
  @Test func takesAnOwnSchema() throws {
    let more = own(["n": ["type": "integer", "minimum": 1, "maximum": 6], "text": ["enum": ["a", "b"]]])
    let declaration = try Fixtures.function("count", two, nil, more).declaration
    #expect(declaration.schema == more["schema"])
    #expect(throws: Never.self) { try declaration.passed(["n": 6, "text": "b"]) }
    let error = #expect(throws: ProviderError.self) { try declaration.passed(["n": 7, "text": "c"]) }
    #expect(
      error?.message == "The argument 'n' is refused: must be at most 6.0. "
        + "The argument 'text' is refused: expected one of \"a\", \"b\", found \"c\".")
  }

  /// An own schema that promises what the types do not keep is refused, in all its places.
  @Test func refusesASchemaThatDoesNotFit() {
    let place = "settings/functions/count/schema"
    let good: JSONValue = ["n": ["type": "integer"], "text": ["type": "string"]]
    #expect(problems("count", two, nil, own(good, type: "array")) == ["\(place)/type: must be object, because a tool's arguments are one"])
    #expect(
      problems("count", two, nil, own(good, required: ["n"])) == [
        "\(place)/required: must name 'text', because C knows no optional arguments"
      ])
    #expect(
      problems("count", two, nil, own(["n": ["type": "number"], "text": [:], "more": ["type": "string"]])) == [
        "\(place)/properties/n/type: must be integer for the C type uint8",
        "\(place)/properties/text/type: is missing; the C type string is string",
        "\(place)/properties/more: names no argument that the agent gives; remove it",
      ])
    #expect(
      problems("count", two, nil, own(["n": ["type": "integer", "maximum": 300, "enum": [-1]]])) == [
        "\(place)/properties/n/maximum: 300 does not fit the C type uint8, which is a whole number from 0 to 255",
        "\(place)/properties/n/enum: -1 does not fit the C type uint8, which is a whole number from 0 to 255",
        "\(place)/properties/text: is missing, although the function takes the argument; describe it here",
      ])
    #expect(
      problems("count", two, nil, own(good.merging(["n": ["pattern": "."]]))) == [
        "\(place)/properties/n/pattern: the keyword 'pattern' is not supported; remove it or describe it in words"
      ])
    #expect(
      problems("count", [["name": "n", "type": "uint8", "description": "N."]], nil, own(["n": ["type": "integer"]], required: ["n"])) == [
        "\(place)/properties/n: is described in the argument too; keep one of the two descriptions"
      ])
  }

  // MARK: refusals

  /// Names that no model could call, and names that two arguments share.
  @Test func refusesNames() {
    let rule = "1 to 64 letters, digits, '_' or '-'; rename it"
    #expect(problems("count it") == ["settings/functions/count it: a tool's name is \(rule)"])
    #expect(argument(["name": "x y", "type": "int8"]) == ["\(first)/name: an argument's name is \(rule)"])
    #expect(
      argument(["name": "room", "type": "int8"]) == [
        "settings/functions/count/arguments/1/name: there is another argument 'room'; rename one"
      ])
    #expect(
      problems("count", [["name": "result", "buffer": 9]], ["type": "int32"]) == [
        "settings/functions/count/arguments: the name 'result' is taken by what the function returns; rename the argument"
      ])
    #expect(
      problems("count", [], nil, ["description": ""]) == [
        "settings/functions/count/description: must be text without control characters"
      ])
  }

  /// Arguments of an unknown type, of no form, or of two at once.
  @Test func refusesArguments() {
    let types = "bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double, string"
    #expect(argument(["type": "int"]) == ["\(first)/type: must be one of \(types)"])
    #expect(argument([:]) == ["\(first)/type: must be one of \(types)"])
    #expect(argument(["type": "uint8", "value": 300]) == ["\(first)/value: must be a whole number from 0 to 255, found 300"])
    #expect(
      argument(["type": "uint8", "value": 1, "description": "D."]) == [
        "\(first)/description: the agent never sees this argument; remove it"
      ])
    #expect(
      argument(["type": "uint16", "value": 1, "size_of": "room"]) == [
        "\(first)/size_of: does not go with 'value'; remove one of them"
      ])
    #expect(
      argument(["type": "uint16", "size_of": "nothing"]) == [
        "\(first)/size_of: 'nothing' is no argument with a 'buffer'; name one that is"
      ])
    for type in ["uint8", "double", "string", "bool"] {
      #expect(
        argument(["type": .string(type), "size_of": "room"]) == [
          "\(first)/type: \(type) cannot hold the size 300; C's size_t is uint64, its int is int32"
        ])
    }
    #expect(
      argument(["buffer": 9, "type": "string", "description": "D."]) == [
        "\(first)/type: does not go with 'buffer', which is room for text that the function writes; remove one of them",
        "\(first)/description: does not go with 'buffer', which is room for text that the function writes; remove one of them",
      ])
  }

  /// Results of an unknown type, and words that do not go with the type.
  @Test func refusesResults() {
    let place = "settings/functions/count/result"
    #expect(problems("count", [], ["type": "void"]).first?.hasPrefix("\(place)/type: must be one of bool, ") == true)
    #expect(
      problems("count", [], ["type": "string", "status": "zero"]) == ["\(place)/status: text is no status; remove it, or mend the type"])
    #expect(
      problems("count", [], ["type": "int32", "bytes": 9, "free": "free"]) == [
        "\(place)/bytes: goes with the type string only; remove it, or mend the type",
        "\(place)/free: goes with the type string only; remove it, or mend the type",
      ])
    #expect(problems("count", [], ["type": "int32", "status": "one"]) == ["\(place)/status: must be zero, not_zero, not_negative"])
    #expect(
      problems("count", [], ["type": "double", "status": "zero"]) == [
        "\(place)/status: a status is a whole number or a bool, not double"
      ])
    #expect(
      problems("count", [], ["type": "uint32", "status": "not_negative"]) == [
        "\(place)/status: uint32 is never negative; mend the type"
      ])
  }

  /// Libraries that are not there or none at all, symbols that are not in them, and symbols that cannot be called.
  @Test func refusesWhatItCannotFind() {
    let place = "settings/functions/count"
    let library = "\(Fixtures.folder)/functions.so"
    #expect(
      problems("count", [], nil, ["library": "lib/my.so"]) == [
        "\(place)/library: must be an absolute path, or a bare name such as libm.so.6"
      ])
    let missing = problems("count", [], nil, ["library": "libnothing.so.1"]).first
    #expect(missing?.hasPrefix("\(place)/library: the library cannot be opened: libnothing.so.1: cannot open shared object file") == true)
    #expect(missing?.hasSuffix("; install its package, or mend the path") == true)
    let text = problems("count", [], nil, ["library": .string(#filePath)]).first
    #expect(text?.contains("invalid ELF header") == true)
    #expect(
      problems("count", [], nil, ["symbol": "nowhere"]) == [
        "\(place)/symbol: 'nowhere' is not in \(library); `nm -D --defined-only` lists what a library has"
      ])
    #expect(
      problems("count", [], ["type": "string", "free": "nowhere"]) == [
        "\(place)/result/free: 'nowhere' is not in \(library); `nm -D --defined-only` lists what a library has"
      ])
    #expect(
      problems("count", [], nil, ["symbol": "not_a_function"]) == [
        "\(place)/symbol: 'not_a_function' is a variable of \(library), which cannot be called; name a function"
      ])
  }

  /// All that is wrong is told at once, function by function.
  @Test func tellsAllProblems() {
    let settings: JSONValue = [
      "functions": [
        "one": ["description": "A.", "library": Fixtures.library, "symbol": "nowhere"],
        "two": ["description": "B.", "library": "libnothing.so.1", "symbol": "count"],
        "three": ["description": "C.", "library": Fixtures.library, "symbol": "count", "result": ["type": "int32"]],
      ]
    ]
    let error = #expect(throws: Catalogue.Refusal.self) { try Catalogue(settings) }
    #expect(error?.problems.map(\.path) == ["/functions/one/symbol", "/functions/two/library"])
  }
}
