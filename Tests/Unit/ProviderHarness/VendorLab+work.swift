// What the tests of every vendor have a plugin do.

public import Loader
import PluginHarness
public import Testing
public import Vox

extension VendorLab {
  /// Opens a session and waits until its connections are open and free, so that what a test arms is met by the request that it makes.
  public func openWarm(
    _ role: Role, on emulator: Emulator, settings: JSONValue = [:], rate: Int = 16_000, connections: Int = 1
  ) throws -> VendorSession {
    let mark = try emulator.mark()
    let session = try open(role, settings: settings, rate: rate)
    try waitUntilWarm(emulator, after: mark, connections: connections)
    return session
  }

  /// Has a piece of work done: waits until its op has ended, or its session has failed.
  public func finish(
    _ session: VendorSession, _ kind: UInt16, text: String = "", body: JSONValue = [:], key: String = ""
  ) throws -> OpID {
    let op = try session.start(kind, text: text, body: body, key: key)
    try wait("the end of op \(kind) \(text.prefix(40))") { session.terminal(op) != nil || session.failure != nil }
    return op
  }

  /// Has a text said.
  public func say(_ text: String, _ session: VendorSession) throws -> OpID { try finish(session, OpKind.say, text: text) }

  /// Has a conversation answered.
  public func ask(_ body: JSONValue, _ session: VendorSession) throws -> OpID { try finish(session, OpKind.chat, body: body) }

  /// Does work that asks the vendor so many times, and expects no connection to be opened for it: no name, TCP or TLS time stands in a turn.
  public func staysWarm(
    _ emulator: Emulator, requests: Int, sourceLocation: SourceLocation = #_sourceLocation, _ work: () throws -> Void
  ) throws {
    let mark = try emulator.mark()
    try work()
    #expect(try emulator.log("request", after: mark).count == requests, sourceLocation: sourceLocation)
    #expect(try emulator.log("accepted", after: mark).isEmpty, sourceLocation: sourceLocation)
  }

  /// Cancels an op and expects its connection to be closed at once, and nothing to be asked for afterwards.
  public func closesInTime(
    _ session: VendorSession, _ op: OpID, on emulator: Emulator, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let mark = try emulator.mark()
    let cancelledMs = nowMs
    session.cancel(op)
    try wait("the end") { session.terminal(op) != nil }
    #expect(session.terminal(op)?.kind == .cancelled, sourceLocation: sourceLocation)
    var closedMs: Double?
    try wait("the server's notice") {
      closedMs = try emulator.log(after: mark).first { ["aborted", "closed"].contains($0["kind"]?.string) }?["t"]?.double
      return closedMs != nil
    }
    #expect(isAtOnce(closedMs, after: cancelledMs), sourceLocation: sourceLocation)
    #expect(try emulator.log("request", after: mark).isEmpty, sourceLocation: sourceLocation)
  }
}
