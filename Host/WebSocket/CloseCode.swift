// Why a WebSocket ends, as a number.

/// Close codes of RFC 6455, section 7.4, and of the registry it opened.
public enum CloseCode {
  public static let normal = 1000
  public static let goingAway = 1001
  public static let protocolError = 1002
  /// Told to the owner when the peer closed without a code; never sent.
  public static let none = 1005
  /// Told to the owner when the connection ended without a close; never sent.
  public static let vanished = 1006
  public static let notUTF8 = 1007
  public static let tooBig = 1009
  public static let internalError = 1011

  /// Whether a code may stand in a close frame: what the protocol and its registry define, and the ranges kept for applications.
  public static func maySend(_ code: Int) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }

  /// The payload of a close frame; a reason that does not fit is cut between characters.
  public static func payload(_ code: Int, _ reason: String) -> [UInt8] {
    var rest = reason[...]
    // A control frame holds 125 bytes, two of them the code.
    while rest.utf8.count > 123 { rest.removeLast() }
    return [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)] + Array(rest.utf8)
  }
}
