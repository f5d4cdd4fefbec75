// The items of providers on disk: one file each, replaced as a whole.

import Base
import Glibc
import Vox

/// A folder of `NAME.json`. A file is written beside the old one, synced, and takes its place, so that at any moment one of them is whole.
struct StateFolder: Sendable {
  private let path: String

  /// - Throws: a sentence when the folder cannot be made.
  init(_ path: String) throws(Problem) {
    self.path = path
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.problem("the folder \(path) cannot be made") }
  }

  func readAll() throws(Problem) -> [String: StateItems] {
    guard let directory = opendir(path) else { throw Self.problem("the folder \(path) cannot be read") }
    defer { closedir(directory) }
    var found: [String: StateItems] = [:]
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasSuffix(".json"), !name.hasPrefix(".") else { continue }
      found[Self.provider(String(name.dropLast(5)))] = try read("\(path)/\(name)")
    }
    return found
  }

  private func read(_ file: String) throws(Problem) -> StateItems {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.problem("\(file) cannot be opened") }
    defer { close(descriptor) }
    // Base64 and the frame around it: well below this.
    var bytes = [UInt8](repeating: 0, count: Limits.stateBytes * 4)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count) }
      guard got > 0 else { break }
      count += got
    }
    guard let json = try? bytes[..<count].withUnsafeBufferPointer({ try JSONValue(parsing: $0) }), let fields = json["items"]?.object,
      let last = json["last_version"]?.string.flatMap({ UInt64($0) })
    else { throw Problem(.invalid, code: "state_file", "\(file) is damaged; move it away to begin without it") }
    var items: [String: StateItems.Item] = [:]
    for (key, field) in fields {
      guard let version = field["version"]?.string.flatMap({ UInt64($0) }), let value = field["value"]?.string.flatMap(Base64.decode) else {
        throw Problem(.invalid, code: "state_file", "\(file) is damaged at '\(key)'; move it away to begin without it")
      }
      items[key] = StateItems.Item(version: version, value: value)
    }
    return StateItems(items: items, lastVersion: last)
  }

  /// On disk when this returns.
  func write(_ items: StateItems, of provider: String) throws(Problem) {
    // Versions as text: JSON's numbers lose the bits beyond 53.
    let json = JSONValue.object([
      "last_version": .string(String(items.lastVersion)),
      "items": .object(
        items.items.mapValues { ["version": .string(String($0.version)), "value": .string(Base64.encode($0.value))] }),
    ])
    let file = "\(path)/\(Self.fileName(provider)).json"
    let temporary = "\(path)/.\(Self.fileName(provider)).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.problem("\(temporary) cannot be written") }
    let bytes = Array(json.text.utf8)
    var at = 0
    while at < bytes.count {
      let wrote = bytes[at...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard wrote > 0 || errno == EINTR else { break }
      at += max(wrote, 0)
    }
    let isSynced = at == bytes.count && fsync(descriptor) == 0
    close(descriptor)
    guard isSynced, rename(temporary, file) == 0 else { throw Self.problem("\(file) cannot be written") }
    // The new name itself must be on disk too.
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if folder >= 0 { close(folder) } }
    guard folder >= 0, fsync(folder) == 0 else { throw Self.problem("\(path) cannot be synced") }
  }

  private static func problem(_ sentence: String) -> Problem {
    Problem(.internal, code: "state_file", "\(sentence): \(String(cString: strerror(errno)))")
  }

  /// A provider's name as a file's: everything but letters, digits, '-' and '_' as %XX.
  static func fileName(_ provider: String) -> String {
    provider.utf8.reduce(into: "") { name, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: name.append(Character(UnicodeScalar(byte)))
      default: name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }

  private static func provider(_ fileName: String) -> String {
    var bytes: [UInt8] = []
    var rest = fileName.utf8[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
