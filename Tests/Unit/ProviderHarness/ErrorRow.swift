// A vendor's documented errors as rows of a table, and what the plugin must make of each.

import Foundation
public import Testing
public import Vox

/// One row of `Tests/Emulators/errors/VENDOR.json`: what the vendor says, how the emulator is told to say it, and the error it stands for.
public struct ErrorRow: CustomTestStringConvertible, Sendable {
  public let json: JSONValue
  public var name: String { json["name"]?.string ?? "" }
  /// Which of the vendor's APIs says it, and at which moment: `http`, `event`, `close`, `fault` and whatever else a vendor knows.
  public var api: String { json["api"]?.string ?? "" }
  public var phase: String { json["phase"]?.string ?? "" }
  public var testDescription: String { name }

  /// All rows of a vendor; none when there is no such table.
  public static func read(_ vendor: String) -> [ErrorRow] {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/\(vendor).json")
    let text = (try? String(contentsOf: file.standardizedFileURL, encoding: .utf8)) ?? ""
    return ((try? JSONValue(parsing: text))?["errors"]?.array ?? []).map(ErrorRow.init)
  }

  // MARK: What is no vendor's

  /// Bodies of bad answers that are no error of anybody's.
  public static let foreignBodies = [
    "", "null", "[]", "\"x\"", "{\"error\":7}", "{\"error\":{\"type\":7,\"message\":[]}}", "{\"error\":{\"type\":7,\"code\":[]}}",
    "{\"detail\":[]}", "{\"detail\":[1,{}]}", "{\"err_msg\":7,\"err_code\":[]}", "{\"error_name\":7,\"message\":{}}",
    "{\"message\":[],\"code\":{}}", "<html></html>", "\u{0}\u{1}{{{{",
  ]

  /// What an answer of status 502 with such a body must be nevertheless: a classified error with a sentence, and no wait that nobody
  /// asked for.
  public static func expectForeign(_ error: ProviderError, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(error.cls == .unavailable && error.code == "http_502", sourceLocation: sourceLocation)
    #expect(error.retryAfterMs == 0 && !error.message.isEmpty, sourceLocation: sourceLocation)
  }

  // MARK: What the vendor says

  public var wire: JSONValue { json["wire"] ?? .null }
  public var status: Int { wire["status"]?.int ?? 0 }
  /// The body of an answer, JSON or not.
  public var body: String { wire["body"]?.string ?? wire["body"]?.text ?? "" }
  /// Of a message of a stream or a socket.
  public var message: JSONValue { wire["message"] ?? .null }

  /// - Parameter name: in any case.
  public func header(_ name: String) -> String? {
    wire["headers"]?.object?.first { $0.key.lowercased() == name.lowercased() }?.value.string
  }

  /// The order by which the emulator says it, for requests to `path` where the row itself names none.
  public func order(path: String? = nil) -> JSONValue {
    let order = json["control"] ?? .null
    guard let path, order["path"] == nil, order["script"] == nil else { return order }
    return order.merging(["path": .string(path)])
  }

  // MARK: What it stands for

  /// The code that the error must have; empty where it is left to whoever notices the failure.
  public var code: String { json["expect"]?["code"]?.string ?? "" }

  public func expect(_ error: ProviderError?, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let error = try #require(error, sourceLocation: sourceLocation)
    let expected = json["expect"] ?? .null
    #expect(error.cls.name == expected["class"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.scope.name == expected["scope"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.effects.name == expected["effects"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(Int(error.wireStatus) == expected["wire_status"]?.int, sourceLocation: sourceLocation)
    if !code.isEmpty { #expect(error.code == code, sourceLocation: sourceLocation) }
    // A date in place of seconds may be passed over: then nobody is told when to come again.
    let isDate = header("retry-after")?.first?.isLetter == true
    if !isDate { #expect(Int(error.retryAfterMs) == expected["retry_after_ms"]?.int, sourceLocation: sourceLocation) }
    #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
  }
}
