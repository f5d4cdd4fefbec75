// An event of a provider as the engine reads it: typed, borrowed, without a copy.

public import PluginABI
public import Vox

/// One event; everything it points to is valid until the handler returns. Ask only for the shape that the kind has: another one
/// answers nil, never foreign memory.
public struct ProviderEvent {
  let head: UnsafePointer<vox_event>
  /// The event as the ABI has it.
  public var raw: UnsafePointer<vox_event> { head }

  public var kind: EventKind { EventKind(rawValue: head.pointee.kind) }
  /// The op it belongs to; nil for the session's own.
  public var op: OpID? { head.pointee.op == 0 ? nil : OpID(raw: head.pointee.op) }
  public var flags: UInt16 { head.pointee.flags }
  /// When it was emitted, nanoseconds of the host's clock.
  public var at: UInt64 { head.pointee.at }

  public var text: vox_ev_text? { whole() }
  public var mark: vox_ev_mark? { whole() }
  public var audio: vox_audio? { (whole() as vox_ev_audio?)?.audio }
  public var words: vox_ev_words? { whole() }
  public var usage: vox_ev_usage? { whole() }
  public var tool: vox_ev_tool? { whole() }
  public var leg: vox_ev_leg? { whole() }
  public var dtmf: vox_ev_dtmf? { whole() }
  /// As the plugin says it; `ProviderSession.failure(_:)` is what may be shown.
  var error: ProviderError? { (whole() as vox_ev_failed?).map { ProviderError($0.error) } }

  @inline(__always)
  private func whole<E>() -> E? {
    guard Int(head.pointee.struct_size) == MemoryLayout<E>.size else { return nil }
    return UnsafeRawPointer(head).load(as: E.self)
  }
}

/// Names an op of a session, for ever: a number is never used twice.
public struct OpID: Hashable, Sendable {
  public let raw: vox_handle
  public init(raw: vox_handle) { self.raw = raw }
}

/// Who is told what a session does. Called on the session's loop.
public protocol SessionOwner: AnyObject {
  /// The session is usable. `session.traits` are final now.
  func sessionReady(_ session: ProviderSession)
  /// The session is lost, and with it every op of it; no event of these follows.
  func session(_ session: ProviderSession, failed error: ProviderError)
  /// An event of the session or of one of its ops. A terminal event is the last of its op.
  func session(_ session: ProviderSession, event: ProviderEvent)
  /// A session that was asked to close has done so; nothing follows, not even for ops that had not ended.
  func sessionClosed(_ session: ProviderSession)
}

extension SessionOwner {
  public func sessionClosed(_ session: ProviderSession) {}
}
