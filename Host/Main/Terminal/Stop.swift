// Why a command cannot go on: one sentence for the person, one code for the script.

/// Ends a command. The sentence names the file or the thing concerned and says what to do.
public struct Stop: Error, Equatable, Sendable, CustomStringConvertible {
  /// How the process ends: the codes of BSD's sysexits.h, which shells and supervisors know.
  public enum Code: Int32, Sendable {
    /// What was asked for did not succeed, although everything needed was there.
    case failed = 1
    /// The command was written wrongly.
    case usage = 64
    /// A file of the user's is not what it should be.
    case badData = 65
    /// A file of the user's is not there, or not readable.
    case noInput = 66
    /// Something needed is not there: the host, a library, a package, a port.
    case unavailable = 69
    /// A file or folder cannot be made or written.
    case cannotCreate = 73
    /// The configuration is wrong.
    case config = 78
    /// Ended by Ctrl-C, as shells put it: 128 and the number of the signal.
    case interrupted = 130
  }

  public let code: Code
  public let sentence: String

  public init(_ code: Code, _ sentence: String) {
    self.code = code
    self.sentence = sentence
  }

  public var description: String { sentence }
}
