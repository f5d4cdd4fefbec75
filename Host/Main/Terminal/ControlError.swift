// What can go wrong between a command and a host.

/// Why a request got no answer. The sentence names the address.
public struct ControlError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// Nobody listens there.
    case nobody
    /// No answer in time.
    case late
    /// What came back was no HTTP, or more of it than is read.
    case broken
    /// The person at the terminal wants the command to end.
    case interrupted
  }

  public let kind: Kind
  public let sentence: String

  init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  public var description: String { sentence }
}
