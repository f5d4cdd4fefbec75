// Calls: order and width of arguments, text and who owns it, buffers, statuses.

import NativeEngine
import Testing
import Vox

@Suite struct CallTests {
  /// The error of a call that must fail.
  private func failure(_ function: NativeFunction, _ arguments: JSONValue = [:]) -> ProviderError? {
    #expect(throws: ProviderError.self) { try function.answer(arguments) }
  }

  /// Ten arguments of ten types arrive in C's order, whatever the order of the JSON, in registers and on the stack.
  @Test func mixesTypes() throws {
    let types = ["bool", "int8", "uint16", "int32", "uint64", "float", "double", "string", "int64", "uint8"]
    let arguments = zip(["j", "i", "h", "g", "f", "e", "d", "c", "b", "a"], types).map { name, type -> JSONValue in
      ["name": .string(name), "type": .string(type)]
    }
    let mixed = try Fixtures.function("mixed", .array(arguments), ["type": "double"])
    let answer = try mixed.answer([
      "j": true, "i": -100, "h": 60_000, "g": -2_000_000_000, "f": 5_000_000_000, "e": 0.5, "d": -0.25, "c": "seven!!", "b": -7,
      "a": 200,
    ])
    let expected: [Double] = [
      1, -100 * 2, 60_000 * 3, -2_000_000_000 * 5, 5_000_000_000 * 7, 0.5 * 11, -0.25 * 13, 7 * 17, -7 * 19, 200 * 23,
    ]
    #expect(answer == .number(expected.reduce(0, +)))
  }

  /// As many arguments as may be declared, small and large ones in turn.
  @Test func takesThirtyTwo() throws {
    let names = (0..<32).map { "a\($0)" }
    let arguments = names.enumerated().map { i, name -> JSONValue in
      ["name": .string(name), "type": i % 2 == 0 ? "int8" : "int64"]
    }
    let sum = try Fixtures.function("sum_of_32", .array(arguments), ["type": "int64"])
    let values: [Int64] = (0..<32).map { i in i % 2 == 0 ? -i : 1_000_000_000_000 + i }
    let given = Dictionary(uniqueKeysWithValues: zip(names, values.map(JSONValue.int)))
    var expected: Int64 = 0
    for (i, value) in values.enumerated() { expected += value * Int64(i + 1) }
    #expect(try sum.answer(.object(given)) == .int(expected))
  }

  /// Missing and unknown arguments are told by name, all at once.
  @Test func namesWhatIsMissingOrUnknown() throws {
    let function = try Fixtures.function(
      "quotient", [["name": "a", "type": "double"], ["name": "b", "type": "double"]], ["type": "double"])
    let error = failure(function, ["a": "x", "c": 1])
    #expect(
      error?.message == "'quotient' has no argument 'c'; it takes a, b. The argument 'a' must be a number, found \"x\". "
        + "The argument 'b' is missing; it must be a number.")
    #expect(failure(function, [1])?.message == "The arguments must be an object, found array.")
    #expect(
      failure(try Fixtures.function("count", [], ["type": "int32"]), ["x": 1])?.message == "'count' has no argument 'x'; it takes none.")
  }

  /// A constant is passed without the agent; a function without a result answers null.
  @Test func passesConstants() throws {
    let power = try Fixtures.function(
      "quotient", [["name": "a", "type": "double", "value": 9], ["name": "b", "type": "double"]], ["type": "double"])
    #expect(try power.answer(["b": 2]) == 4.5)
    #expect(failure(power, ["a": 1, "b": 2])?.message == "'quotient' has no argument 'a'; it takes b.")
    #expect(try Fixtures.function("forget_count").answer() == .null)
  }

  // MARK: text

  /// NULL is null; text that is not UTF-8 is refused instead of spoken as noise.
  @Test func answersTextOrSaysWhyNot() throws {
    #expect(try Fixtures.function("no_text", [], ["type": "string"]).answer() == .null)
    let error = failure(try Fixtures.function("latin_1", [], ["type": "string"]))
    #expect(error?.message == "'latin_1' answered text that is not UTF-8.")
    #expect(error?.code == "not_utf8")
    #expect(error?.effects == .maybe)
    #expect(error?.detail == "latin_1 of \(Fixtures.folder)/functions.so")
  }

  /// A text that the library gives away is given back exactly once, also when it is too long to be used.
  @Test func givesTextBack() throws {
    let repeated = try Fixtures.function(
      "repeated", [["name": "text", "type": "string"], ["name": "times", "type": "uint32"]],
      ["type": "string", "bytes": 9, "free": "take_back"])
    let takenBack = try Fixtures.function("taken_back_so_far", [], ["type": "int32"])
    let before = try #require(try takenBack.answer().int)
    #expect(try repeated.answer(["text": "abc", "times": 3]) == "abcabcabc")
    #expect(try takenBack.answer().int == before + 1)
    #expect(failure(repeated, ["text": "abcd", "times": 3])?.message == "'repeated' answered more than 9 bytes of text.")
    #expect(try takenBack.answer().int == before + 2)
  }

  /// An argument's text is the call's own copy: a function that writes into it harms nobody.
  @Test func lendsACopy() throws {
    let shouted = try Fixtures.function("shouted", [["name": "text", "type": "string"]], ["type": "string"])
    let text: JSONValue = "quiet, please"
    #expect(try shouted.answer(["text": text]) == "QUIET, PLEASE")
    #expect(text == "quiet, please")
  }

  // MARK: buffers and statuses

  private func writeText(_ bytes: Int64, _ result: JSONValue) throws -> NativeFunction {
    try Fixtures.function(
      "write_text",
      [
        ["name": "text", "type": "string"], ["name": "copy", "buffer": .int(bytes)],
        ["name": "size", "type": "uint64", "size_of": "copy"],
      ], result)
  }

  /// A buffer's text is the answer, under the buffer's name; a good status is no part of it, another result is.
  @Test func readsBuffers() throws {
    #expect(try writeText(6, ["type": "int32", "status": "not_negative"]).answer(["text": "hello"]) == ["copy": "hello"])
    #expect(try writeText(6, ["type": "int32"]).answer(["text": "hello"]) == ["copy": "hello", "result": 5])
    let two = try Fixtures.function(
      "write_two",
      [
        ["name": "first", "buffer": 4], ["name": "n", "type": "uint16", "size_of": "first"], ["name": "second", "buffer": 100],
        ["name": "m", "type": "uint16", "size_of": "second"],
      ])
    #expect(try two.answer() == ["first": "one", "second": "zwei und \u{FC}"])
  }

  /// Text without an end in the buffer may have been cut off, so it is no answer.
  @Test func refusesCutText() throws {
    let error = failure(try writeText(6, ["type": "int32"]), ["text": "hello!"])
    #expect(error?.message == "'write_text' answered more than 5 bytes of text in its buffer 'copy'.")
    #expect(error?.code == "result_too_long")
  }

  /// A bad status fails the call with the number; the effects are not known.
  @Test func failsByStatus() throws {
    let error = failure(try writeText(6, ["type": "int32", "status": "not_negative"]), ["text": ""])
    #expect(error?.message == "'write_text' failed with status -7.")
    #expect(error?.code == "bad_status")
    #expect(error?.effects == .maybe)
    #expect(
      failure(try writeText(6, ["type": "int32", "status": "zero"]), ["text": "ok"])?.message == "'write_text' failed with status 2.")
    #expect(try writeText(6, ["type": "int32", "status": "not_zero"]).answer(["text": "ok"]) == ["copy": "ok"])
    #expect(
      failure(
        try Fixtures.function("echo_bool", [["name": "value", "type": "bool"]], ["type": "bool", "status": "not_zero"]),
        ["value": false])?.message == "'echo_bool' failed with status false.")
  }

  /// A buffer's text that is not UTF-8 is refused like any other.
  @Test func refusesBytesInABuffer() throws {
    let write = try Fixtures.function(
      "write_bytes", [["name": "text", "buffer": 4], ["name": "byte", "type": "int32"]], ["type": "int32", "status": "zero"])
    #expect(try write.answer(["byte": 65]) == ["text": "A"])
    #expect(failure(write, ["byte": 255])?.message == "'write_bytes' answered text in its buffer 'text' that is not UTF-8.")
  }

  /// A function that writes a little beyond its buffer is found out.
  @Test func findsAnOverrun() throws {
    let error = failure(
      try Fixtures.function(
        "write_beyond", [["name": "room", "buffer": 16], ["name": "size", "type": "uint64", "size_of": "room"]],
        ["type": "bool", "status": "not_zero"]))
    #expect(error?.message == "'write_beyond' wrote beyond the 16 bytes of its buffer 'room'.")
    #expect(error?.code == "buffer_overrun")
  }
}
