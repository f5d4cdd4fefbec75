// Writing for people and for programs: whole lines, at once, nothing left in a buffer when the process ends.

import Glibc
public import Vox

/// The terminal, or whatever stands in its place.
public enum Screen {
  /// Writes a line to standard output.
  public static func line(_ text: String = "") { write(text + "\n", to: 1) }

  /// Writes a value as one line of JSON to standard output.
  public static func json(_ value: JSONValue) { line(value.text) }

  /// Writes a line to standard error.
  public static func complain(_ text: String) { write(text + "\n", to: 2) }

  /// Text from outside made safe for a terminal: every control character, also those that begin escape sequences, becomes a dot.
  public static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "·" : $0 }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) }

  /// Columns of the terminal; nil when the output goes elsewhere, which then gets whole lines.
  public static var width: Int? {
    var size = winsize()
    guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return nil }
    return Int(size.ws_col)
  }

  private static func write(_ text: String, to file: Int32) {
    var bytes = ArraySlice(text.utf8)
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      // Nobody reads any more; the command goes on with what it does besides talking.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
