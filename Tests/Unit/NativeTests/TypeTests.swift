// Every type, from JSON into C and back.

import NativeEngine
import Testing
import Vox

@Suite struct TypeTests {
  private func echo(_ type: String) throws -> NativeFunction {
    try Fixtures.function("echo_\(type)", [["name": "value", "type": .string(type)]], ["type": .string(type)])
  }

  private static let kept: [(type: String, values: [JSONValue])] = [
    ("bool", [true, false]),
    ("int8", [-128, -1, 0, 127]),
    ("int16", [-32_768, -1, 0, 32_767]),
    ("int32", [-2_147_483_648, -1, 0, 2_147_483_647]),
    ("int64", [.int(.min), -1, 0, 9_007_199_254_740_993, .int(.max)]),
    ("uint8", [0, 1, 255]),
    ("uint16", [0, 65_535]),
    ("uint32", [0, 4_294_967_295]),
    ("uint64", [0, .int(.max), "9223372036854775808", "18446744073709551615"]),
    ("float", [0.0, -1.5, 0.1, 3.4028235e38, 1e-45]),
    ("double", [0.0, -0.1, 1.7976931348623157e308, 5e-324]),
    ("string", ["", "hello", "M\u{FC}ller \u{1F600}", "a \"b\" \\ \n"]),
  ]

  /// Every type carries its extremes into C and back unchanged.
  @Test(arguments: kept.map(\.type)) func keepsItsExtremes(type: String) throws {
    let function = try echo(type)
    let values = try #require(Self.kept.first { $0.type == type }).values
    for value in values { #expect(try function.answer(["value": value]) == value) }
  }

  /// A number that is written in another way is the same number: 3.0 is a whole one, and digits as text fit a small uint64 too.
  @Test func readsOtherSpellings() throws {
    #expect(try echo("uint8").answer(["value": 3.0]) == 3)
    #expect(try echo("uint64").answer(["value": "7"]) == 7)
    #expect(try echo("double").answer(["value": 3]) == 3.0)
  }

  private static let refused: [(type: String, values: [JSONValue])] = [
    ("bool", [1, "true", .null]),
    ("int8", [-129, 128, 0.5, "1"]),
    ("int16", [-32_769, 32_768]),
    ("int32", [-2_147_483_649, 2_147_483_648, [1]]),
    ("int64", [9.3e18, 9_007_199_254_740_992.0, "1"]),
    ("uint8", [300, 256, -1, true]),
    ("uint16", [65_536, -1]),
    ("uint32", [4_294_967_296, -1]),
    ("uint64", [-1, 1.9e19, "18446744073709551616", "+1", "1.0", ""]),
    ("float", [3.5e38, "1", .null]),
    ("double", ["1", [:], true]),
    ("string", [1, .null, "a\0b"]),
  ]

  /// What a type does not hold exactly is refused before anything is called.
  @Test(arguments: refused.map(\.type)) func refusesWhatItDoesNotHold(type: String) throws {
    let function = try echo(type)
    let values = try #require(Self.refused.first { $0.type == type }).values
    for value in values {
      #expect(throws: ProviderError.self, "\(type) took \(value.text)") { try function.declaration.passed(["value": value]) }
    }
  }

  /// A refusal names the argument, what it must be and what was found.
  @Test func refusesWithASentence() throws {
    let error = #expect(throws: ProviderError.self) { try echo("uint8").answer(["value": 300]) }
    #expect(error?.message == "The argument 'value' must be a whole number from 0 to 255, found 300.")
    #expect(error?.cls == .invalid)
    #expect(error?.code == "bad_arguments")
    #expect(error?.effects == SideEffects.none)
  }

  /// JSON has no NaN and no infinities; they come as words instead of a null that says nothing.
  @Test func wordsForWhatIsNoNumber() throws {
    let quotient = try Fixtures.function(
      "quotient", [["name": "a", "type": "double"], ["name": "b", "type": "double"]], ["type": "double"])
    #expect(try quotient.answer(["a": 1, "b": 0]) == "Infinity")
    #expect(try quotient.answer(["a": -1, "b": 0]) == "-Infinity")
    #expect(try quotient.answer(["a": 0, "b": 0]) == "NaN")
    #expect(try Fixtures.function("huge", [], ["type": "float"]).answer() == "-Infinity")
  }
}
