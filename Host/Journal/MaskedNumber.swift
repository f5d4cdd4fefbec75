// A telephone number as it may be kept: enough to recognise a call by, too little to dial.

/// A number of which only the country's beginning and the last two digits remain: `+41•••••••89`.
/// Anything shorter than six characters, and anything that is no number, loses everything but its length.
public struct MaskedNumber: Codable, Equatable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ number: String) {
    let digits = number.drop { $0 == "+" }
    guard number.count >= 6, number.count <= 32, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      description = String(repeating: "•", count: min(number.count, 32))
      return
    }
    let lead = number.hasPrefix("+") ? 3 : 2
    description = number.prefix(lead) + String(repeating: "•", count: number.count - lead - 2) + number.suffix(2)
  }

  public init(from decoder: any Decoder) throws { description = try decoder.singleValueContainer().decode(String.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
