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
  private let controlPort: UInt16
  private let process: ChildProcess
  private var lastSeen: Int64 = 0

  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../..").standardizedFileURL.path

  /// Python's environment; the first one on a machine makes it, which takes a minute. Test programs that run side by side wait.
  private static let isInstalled =
    system("mkdir -p '\(root)/.build' && flock '\(root)/.build/venv.lock' '\(root)/Tests/venv.sh' >&2") == 0

  nonisolated(unsafe) private static var running: [String: Emulator] = [:]
  private static let lock = NSLock()

  /// The one of that vendor in this test program, as at its start. Only for tests that run one after the other.
  public static func shared(_ provider: String) throws -> Emulator {
    let emulator = try lock.withLock {
      if let emulator = running[provider] { return emulator }
      let emulator = try Emulator(provider)
      running[provider] = emulator
      return emulator
    }
    try emulator.reset()
    return emulator
  }

  /// - Parameters:
  ///   - provider: as `Tests/Emulators/emulate --provider` takes it.
  ///   - arguments: more of `emulate`'s.
  public init(_ provider: String, _ arguments: [String] = []) throws {
    guard Self.isInstalled else { throw Unavailable(description: "Tests/venv.sh failed; see its output above") }
    process = try ChildProcess("\(Self.root)/Tests/Emulators/emulate", ["--provider", provider] + arguments)
    let line = process.readLine()
    guard let said = try? JSONValue(parsing: line), let url = said["url"]?.string, let key = said["key"]?.string,
      let port = said["control_port"]?.int.flatMap(UInt16.init)
    else { throw Unavailable(description: "the emulator of \(provider) ended before it served; it said '\(line)'") }
    self.url = url
    self.key = key
    controlPort = port
    webSocketURL = url.replacing("http", with: "ws", maxReplacements: 1)
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

  /// The number of the last thing it noted; only what is new is read, since the log grows.
  public func mark() throws -> Int64 {
    if let last = try log(after: lastSeen).last?["seq"]?.int { lastSeen = Int64(last) }
    return lastSeen
  }

  /// The bodies of the requests since `mark`, of those that are JSON.
  public func bodies(after mark: Int64) throws -> [JSONValue] { try log("body", after: mark).compactMap { $0["json"] } }

  private func ask(_ method: String, _ path: String, _ body: JSONValue?) throws -> JSONValue {
    let answer = try LoopbackHTTP.ask(controlPort, method, path, body?.text ?? "")
    let json = (try? JSONValue(parsing: answer.body)) ?? .null
    guard answer.status == 200 else { throw Unavailable(description: "the emulator refused \(body?.text ?? path): \(answer.body)") }
    return json
  }
}
