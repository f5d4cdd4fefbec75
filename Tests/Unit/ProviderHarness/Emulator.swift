// A vendor's emulator as a process, and its control port.

import Foundation
public import Vox

/// One of the emulators of Tests/Emulators; it ends with this object, or with the test program. Not for several threads at once.
public final class Emulator {
  /// Why there is none.
  public struct Unavailable: Error, CustomStringConvertible {
    public let description: String
  }

  /// Where the vendor's protocol is spoken, as `http://127.0.0.1:PORT`; WebSockets as well, with `ws://`.
  public let url: String
  public let webSocketURL: String
  /// The one credential it takes.
  public let key: String
  private let control: String
  private let process = Process()
  /// It ends when this pipe closes.
  private let lifeline = Pipe()

  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../..").standardizedFileURL.path

  /// Starts it; the first one on a machine makes the Python environment, which takes a minute.
  ///
  /// - Parameters:
  ///   - provider: as `Tests/Emulators/emulate --provider` takes it.
  ///   - arguments: more of `emulate`'s.
  public init(_ provider: String, _ arguments: [String] = []) throws {
    // Test programs that run side by side must not make the environment at the same time.
    process.executableURL = URL(filePath: "/usr/bin/flock")
    let folder = Self.root + "/.build"
    process.arguments = ["\(folder)/emulators.lock", "\(Self.root)/Tests/Emulators/venv.sh"]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Unavailable(description: "Tests/Emulators/venv.sh failed; see its output above") }
    (url, key, control) = try Self.start(emulator, lifeline, provider, arguments)
    webSocketURL = url.replacing("http", with: "ws", maxReplacements: 1)
  }

  private let emulator = Process()

  private static func start(
    _ process: Process, _ lifeline: Pipe, _ provider: String, _ arguments: [String]
  ) throws -> (url: String, key: String, control: String) {
    let output = Pipe()
    process.executableURL = URL(filePath: "\(root)/Tests/Emulators/emulate")
    process.arguments = ["--provider", provider] + arguments
    process.standardInput = lifeline
    process.standardOutput = output
    try process.run()
    var line: [UInt8] = []
    while line.last != UInt8(ascii: "\n") {
      let bytes = output.fileHandleForReading.availableData
      guard !bytes.isEmpty else { throw Unavailable(description: "the emulator of \(provider) ended before it served") }
      line += bytes
    }
    let said = try JSONValue(parsing: String(decoding: line, as: UTF8.self))
    guard let url = said["url"]?.string, let key = said["key"]?.string, let control = said["control"]?.string else {
      throw Unavailable(description: "the emulator of \(provider) said \(said.text)")
    }
    return (url, key, control)
  }

  deinit {
    try? lifeline.fileHandleForWriting.close()
    emulator.terminate()
    emulator.waitUntilExit()
  }

  // MARK: The control port

  /// Posts an order, such as `["fault": ["kind": "cut", "after": 400]]`; see Tests/Emulators/README.md.
  public func control(_ order: JSONValue) throws { _ = try ask("POST", "/_control", order) }

  /// All as at the start; the log stays.
  public func reset() throws { _ = try ask("POST", "/_reset", [:]) }

  /// What it noted, oldest first, of one kind or of all.
  ///
  /// - Parameter after: the number (`seq`) of the last one that is not wanted any more.
  public func log(_ kind: String? = nil, after: Int64 = 0) throws -> [JSONValue] {
    let events = try ask("GET", "/_log?after=\(after)", nil)["events"]?.array ?? []
    return events.filter { kind == nil || $0["kind"]?.string == kind }
  }

  /// The number of the last thing it noted.
  public func mark() throws -> Int64 { try log().last?["seq"]?.int.map(Int64.init) ?? 0 }

  private func ask(_ method: String, _ path: String, _ body: JSONValue?) throws -> JSONValue {
    guard let url = URL(string: control + path) else { throw Unavailable(description: "\(control)\(path) is no URL") }
    let curl = Process()
    let output = Pipe()
    curl.executableURL = URL(filePath: "/usr/bin/curl")
    curl.arguments = ["-sS", "-m", "10", "-X", method, url.absoluteString] + (body.map { ["-d", $0.text] } ?? [])
    curl.standardOutput = output
    try curl.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    curl.waitUntilExit()
    let answer = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
    if let error = answer["error"], path != "/_log" {
      throw Unavailable(description: "the emulator refused \(body?.text ?? path): \(error.text)")
    }
    return answer
  }
}
