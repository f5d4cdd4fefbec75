// What may go wrong with bytes on their way.

public import Testing
public import Vox

/// A fault of Tests/Emulators/README.md.
public struct WireFault: CustomTestStringConvertible, Sendable {
  public let json: JSONValue
  /// Some ways need not notice, as long as all is heard.
  public let mayPass: Bool
  public var testDescription: String { json["kind"]?.string ?? "" }

  public init(_ json: JSONValue, mayPass: Bool = false) {
    self.json = json
    self.mayPass = mayPass
  }

  /// The deadlines under which it is met.
  public var limits: JSONValue { Self.limits(testDescription) }

  /// Short ones for a silence, which is told by nothing else; the plugin's own for what tells itself, so that a slow machine is not taken
  /// for it. Even the short ones leave room for an answer: what follows the fault is to succeed.
  public static func limits(_ kind: String) -> JSONValue {
    ["hang", "stall"].contains(kind) ? ["first_byte_ms": 1_500, "stall_ms": 1_500] : [:]
  }
}
