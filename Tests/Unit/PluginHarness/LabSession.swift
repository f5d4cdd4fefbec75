// One session of a plugin under test, with its verbs.

public import PluginABI
public import Vox

/// The host's side of a session: what a test does to it, and what came of it.
public final class LabSession {
  public let host: FakeHost
  public let handle: vox_handle
  private let table: UnsafePointer<vox_session_v0>
  private var context: UnsafeMutableRawPointer?

  init(
    host: FakeHost, table: UnsafePointer<vox_session_v0>, account: UnsafeMutableRawPointer?, settings: JSONValue, offer: String,
    inRate: Int, outRate: Int, change: (inout vox_open) -> Void
  ) throws {
    self.host = host
    self.table = table
    handle = host.handle()
    var made: UnsafeMutableRawPointer?
    host.register(handle) { event in _ = table.pointee.deliver?(made, event) }
    let status: vox_status = withView(settings.text) { settings in
      withView(offer) { offer in
        var open = vox_open()
        open.struct_size = UInt32(MemoryLayout<vox_open>.size)
        open.settings = settings
        open.offer = offer
        open.in_rate = UInt32(inRate)
        open.out_rate = UInt32(outRate)
        change(&open)
        return table.pointee.open?(account, handle, &open, &made) ?? vox_status(VOX_INTERNAL)
      }
    }
    guard status == VOX_OK else { throw PluginLab.Refusal(description: host.log.last ?? "open answered \(status)") }
    context = made
  }

  /// Begins an op and returns its handle.
  @discardableResult
  public func start(_ kind: UInt16, text: String = "", body: JSONValue = [:], key: String = "") -> vox_handle {
    let op = host.handle()
    _ = start(op, kind, text, body, key) { _ in }
    return op
  }

  /// Begins an op with what `change` makes of a right request, and answers the status.
  public func tryStart(_ kind: UInt16, text: String = "", _ change: (inout vox_request) -> Void) -> vox_status {
    start(host.handle(), kind, text, [:], "", change)
  }

  private func start(
    _ op: vox_handle, _ kind: UInt16, _ text: String, _ body: JSONValue, _ key: String, _ change: (inout vox_request) -> Void
  ) -> vox_status {
    withView(text) { text in
      withView(body.text) { body in
        withView(key) { key in
          var request = vox_request()
          request.struct_size = UInt32(MemoryLayout<vox_request>.size)
          request.kind = kind
          request.text = text
          request.body = body
          request.idempotency_key = key
          change(&request)
          return table.pointee.start?(context, op, &request) ?? vox_status(VOX_INTERNAL)
        }
      }
    }
  }

  @discardableResult
  public func push(_ samples: [Int16], to op: vox_handle, rate: Int = 16_000, position: UInt64 = 0) -> PushStatus {
    samples.withUnsafeBufferPointer { buffer in
      var audio = vox_audio(
        struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: 0, stream: 0, rate: UInt32(rate), count: UInt32(buffer.count),
        position: position, samples: buffer.baseAddress)
      return PushStatus(rawValue: table.pointee.push_audio?(context, op, &audio) ?? 4) ?? .invalid
    }
  }

  public func finalize(_ op: vox_handle, mark: UInt64 = 0) { _ = table.pointee.finalize?(context, op, mark) }

  /// Cancels as the host does: later output of the op is stale, but its terminal event still comes.
  public func cancel(_ op: vox_handle, reason: Reason = .bargeIn) {
    host.letGo(of: op)
    _ = table.pointee.cancel?(context, op, reason.rawValue)
  }

  /// Tells the session that the host has room again.
  public func resume(_ op: vox_handle = 0) {
    var event = Layout.head(vox_event.self, .resume, target: handle, op: op)
    _ = table.pointee.deliver?(context, &event)
  }

  public func close(_ reason: Reason = .hangUp) { _ = table.pointee.close?(context, reason.rawValue, 0) }

  /// Frees the session; the last thing that happens to it.
  public func destroy() {
    host.forget(handle)
    table.pointee.destroy?(context)
    context = nil
  }

  /// Events of this session, or of one op of it.
  public func events(_ kind: EventKind? = nil, op: vox_handle? = nil) -> [Heard] {
    host.events(of: handle).filter { (kind == nil || $0.kind == kind) && (op == nil || $0.op == op) }
  }

  /// The event that ended an op.
  public func terminal(_ op: vox_handle) -> Heard? { events(op: op).last { $0.kind.isTerminal } }
}

/// The status of a push.
public enum PushStatus: Int32, Sendable { case ok, wouldBlock, stale, invalid, unsupported, noMemory, `internal` }
