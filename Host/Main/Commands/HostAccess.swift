// The running host, or one started for the moment.

import Glibc
import Terminal
import Vox

/// A host that a command may use. When it was started for the command it ends with this object.
final class HostAccess {
  let client: ControlClient
  /// True when the host was started for this command.
  let isOwn: Bool
  /// The state folder of the host.
  let state: String
  private let child: Child?
  private let scratch: ScratchFolder?

  /// A host starts in well under a second; a vocabulary that is worked out for the first time takes a few.
  private static let startMs = 60_000
  /// What is still not ready so long after the start waits for something that will not come.
  private static let settleMs = 3_000
  private static let stopMs = 5_000

  /// Finds the host of the state folder; starts one with a temporary state folder if none runs there.
  static func reach(_ options: HostOptions) throws(Stop) -> HostAccess {
    if try isRunning(options) { return HostAccess(options.client, state: Places.absolute(options.state), child: nil, scratch: nil) }
    let scratch = try ScratchFolder()
    // A port of the system's choice and no more than warnings: this host serves one call.
    let child = try Child(
      ["serve"] + options.arguments(state: scratch.path) + ["--listen", "127.0.0.1:0", "--log-level", "warning", "--until-input-ends"])
    let client = ControlClient(.unix(HostOptions.socket(in: scratch.path)))
    try waitUntilReady(client, child)
    return HostAccess(client, state: scratch.path, child: child, scratch: scratch)
  }

  /// Whether a host answers on the control socket of the state folder.
  /// - Throws: when something is there that does not answer as a host does.
  static func isRunning(_ options: HostOptions) throws(Stop) -> Bool {
    do throws(ControlError) {
      _ = try options.client.get("/healthz")
      return true
    } catch {
      guard error.kind == .nobody else { throw Stop(.unavailable, error.sentence) }
      return false
    }
  }

  private init(_ client: ControlClient, state: String, child: Child?, scratch: ScratchFolder?) {
    self.client = client
    self.state = state
    self.child = child
    self.scratch = scratch
    isOwn = child != nil
  }

  deinit { child?.end(within: Self.stopMs) }

  private static func waitUntilReady(_ client: ControlClient, _ child: Child) throws(Stop) {
    let deadline = Deadline.after(ms: startMs)
    var settled: Deadline?
    while !deadline.hasPassed {
      child.read()
      if child.hasEnded { throw Stop(.unavailable, "the host that was started for this call could not serve: \(lastWords(child))") }
      let reply = try readiness(client)
      if let reply, reply.isFine { return }
      if let reasons = reply.flatMap({ reasons($0.json) }) {
        settled = settled ?? .after(ms: settleMs)
        if settled?.hasPassed == true { throw Stop(.config, "the host that was started for this call cannot take calls: \(reasons)") }
      }
      // Asked again and again, because nobody tells: while it starts, the host has no socket on which a command could wait.
      usleep(20_000)
    }
    throw Stop(.unavailable, "the host that was started for this call was not ready within \(startMs / 1000) s: \(lastWords(child))")
  }

  /// What the host says of itself; nil while nobody answers yet.
  private static func readiness(_ client: ControlClient) throws(Stop) -> ControlClient.Reply? {
    do throws(ControlError) { return try client.get("/readyz", deadlineMs: 1_000) } catch {
      if error.kind == .interrupted { throw Stop(.interrupted, error.sentence) }
      return nil
    }
  }

  /// Why a host that has started is not ready; nil while it is still starting.
  private static func reasons(_ answer: JSONValue) -> String? {
    let checks = answer["checks"]?.array ?? []
    guard checks.contains(where: { $0["name"] == "start" && $0["ok"] == true }) else { return nil }
    return checks.filter { $0["ok"] == false }.compactMap { $0["reason"]?.string }.joined(separator: "; ")
  }

  private static func lastWords(_ child: Child) -> String {
    let lines = child.text.split(separator: "\n").suffix(5).joined(separator: "\n")
    return lines.isEmpty ? child.death : lines
  }

  /// What the host of this command has logged; empty for a running host, which has a log of its own.
  var log: String {
    child?.read()
    return child?.text ?? ""
  }

  /// Asks for something that must be there.
  func get(_ path: String) throws(Stop) -> JSONValue { try client.fetch(path) }
}

extension ControlClient {
  /// The JSON at `path`, or the reason why there is none.
  func fetch(_ path: String) throws(Stop) -> JSONValue {
    let reply = try stopping { () throws(ControlError) in try get(path) }
    guard reply.isFine else { throw Stop(reply.status == 404 ? .failed : .unavailable, "\(path): \(reply.complaint)") }
    return reply.json
  }
}
