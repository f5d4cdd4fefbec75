// What the test reads afterwards: one line of JSON for each thing that happened, written by whoever did it.

import Glibc
import Vox

extension Bench {
  /// Appends to the file `log`, if there is one. One write per line, so that lines of several processes never mix.
  func note(_ members: [String: JSONValue]) {
    guard !settings.log.isEmpty else { return }
    let file = open(settings.log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let head: [String: JSONValue] = ["call": .string(call), "account": .string(account)]
    let line = Array((JSONValue.object(head.merging(members) { $1 }).text + "\n").utf8)
    _ = write(file, line, line.count)
    close(file)
  }

  /// Whether the tool has taken effect for a key before: a vendor remembers that whatever becomes of the plugin's process.
  func hasTakenEffect(_ key: String) -> Bool {
    let file = open(settings.log, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    // The few lines of a test.
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    let effect = JSONValue.object(["effect": .string(key)]).text.dropFirst().dropLast()
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).contains(effect)
  }
}
