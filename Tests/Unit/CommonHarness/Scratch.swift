// A folder for one test.

import Foundation

/// Removed with this object.
public final class Scratch: Sendable {
  public let path: String

  public init() {
    path = FileManager.default.temporaryDirectory.appending(path: "patchbay-test-\(UUID().uuidString)").path
    // As a state folder has to be: nobody else's.
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where a file of that name lies, or will.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, with the folders above it; answers its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  /// The same of bytes.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(filePath: file(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return file(name)
  }
}
