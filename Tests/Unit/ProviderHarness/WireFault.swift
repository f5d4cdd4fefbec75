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
}
