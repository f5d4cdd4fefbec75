// One session of a vendor's plugin: the host's verbs, and what came of them.

public import Base
public import Loader
import PluginABI
public import PluginHarness
public import Vox

/// The owner of a session, as a call would be.
public final class VendorSession: SessionOwner {
  public internal(set) var session: ProviderSession!
  public private(set) var isReady = false
  public private(set) var isClosed = false
  /// Why the session was lost.
  public private(set) var failure: ProviderError?
  /// Everything it said, in order.
  public private(set) var heard: [Heard] = []
  /// Whether sound counts as played as soon as it comes. False leaves the plugin before a full queue.
  public var consumes = true
  private let clock: any Clock

  init(clock: any Clock) { self.clock = clock }

  // MARK: Verbs

  /// Begins an op.
  ///
  /// - Throws: when the session takes none.
  public func start(
    _ kind: UInt16, flags: UInt16 = 0, text: String = "", body: JSONValue = [:], key: String = "", deadlineMs: Int? = nil
  ) throws -> OpID {
    let deadline = deadlineMs.map { clock.now.advanced(byMs: $0) } ?? .never
    guard let op = session.start(kind, flags: flags, text: text, body: body.text, key: key, deadline: deadline) else {
      throw VendorLab.Failure(description: "the session takes no op: \(session.state), \(session.runningOps) are under way")
    }
    return op
  }

  @discardableResult
  public func push(_ samples: [Int16], to op: OpID, position: UInt64) -> PushStatus {
    samples.withUnsafeBufferPointer { PushStatus(rawValue: session.push(op, $0, position: position)) ?? .invalid }
  }

  public func finalize(_ op: OpID, mark: UInt64 = 0) { session.finalize(op, mark: mark) }
  public func cancel(_ op: OpID, reason: Reason = .bargeIn) { session.cancel(op, reason: reason) }
  public func close() { session.close(.hangUp) }

  // MARK: What came

  /// Events of the session, or of one op, of one kind or of all.
  public func events(_ kind: EventKind? = nil, op: OpID? = nil) -> [Heard] {
    heard.filter { (kind == nil || $0.kind == kind) && (op == nil || $0.op == op?.raw) }
  }

  /// The event that ended an op.
  public func terminal(_ op: OpID) -> Heard? { events(op: op).last { $0.kind.isTerminal } }
  /// Why an op failed: its own error, or that of the session it went down with.
  public func error(_ op: OpID) -> ProviderError? { terminal(op)?.error ?? failure }
  /// The sound of an op.
  public func samples(_ op: OpID) -> [Int16] { events(.ttsAudio, op: op).flatMap(\.samples) }
  /// The text of an op, piece after piece.
  public func text(_ op: OpID) -> String { events(.text, op: op).map(\.text).joined() }
  /// The ids of what a VOICES or MODELS op lists.
  public func listed(_ name: String, _ op: OpID) -> [String] {
    (terminal(op)?.json[name]?.array ?? []).compactMap { $0["id"]?.string }
  }
  /// The last amount an op told for each meter.
  public func usage(_ op: OpID) -> [String: UInt64] {
    Dictionary(events(.usage, op: op).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  // MARK: SessionOwner

  public func sessionReady(_ session: ProviderSession) { isReady = true }
  public func session(_ session: ProviderSession, failed error: ProviderError) { failure = error }
  public func sessionClosed(_ session: ProviderSession) { isClosed = true }

  public func session(_ session: ProviderSession, event: ProviderEvent) {
    heard.append(Heard(event.raw, at: clock.now.ns))
    if consumes, let op = event.op, let audio = event.audio { session.consumed(op, samples: Int(audio.count)) }
  }
}
