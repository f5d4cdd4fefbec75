// What an account and a session speak to the host through. Every method may be called from any thread.

public import PluginABI
import Synchronization
public import Vox

/// The host's side of one account.
public final class AccountPort: @unchecked Sendable {
  public let host: Host
  public let handle: vox_handle
  /// Stable name of the account.
  public let id: String
  public let settings: JSONValue
  /// Secrets by name. Never log one.
  public let secrets: [String: String]
  /// Durable state by key, as it was when the account was opened.
  public let state: [String: [UInt8]]
  /// The path under which routes of this account are served.
  public let routesBase: String

  init(host: Host, handle: vox_handle, conf: vox_account_conf) throws {
    self.host = host
    self.handle = handle
    id = conf.id.string
    settings = try conf.settings.json()
    routesBase = conf.routes_base.string
    secrets = Self.pairs(conf.secrets, conf.nsecrets).mapValues { String(decoding: $0, as: UTF8.self) }
    state = Self.pairs(conf.state, conf.nstate)
  }

  private static func pairs(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for i in 0..<Int(count) {
      guard let pair = first?.advanced(by: i).pointee else { break }
      found[pair.name.string] = Array(pair.value.bytes)
    }
    return found
  }

  /// The account works; `traits` narrow those of the manifest.
  public func ready(traits: JSONValue = .object([:])) {
    report(VOX_ACCOUNT_READY, detail: ["traits": traits], error: nil)
  }

  /// The account works, worse than it should.
  public func degraded(_ error: ProviderError) { report(VOX_ACCOUNT_DEGRADED, detail: .object([:]), error: error) }

  /// The account cannot serve.
  public func failed(_ error: ProviderError) { report(VOX_ACCOUNT_FAILED, detail: .object([:]), error: error) }

  private func report(_ state: Int, detail: JSONValue, error: ProviderError?) {
    withView(detail.text) { detail in
      var event = vox_ev_account()
      event.h = Layout.head(vox_ev_account.self, .accountState, target: handle)
      event.state = UInt32(state)
      event.detail = detail
      guard let error else { return _ = host.emit(event) }
      error.withVox {
        event.error = $0
        host.emit(event)
      }
    }
  }

  /// Offers an inbound call; the host claims it by opening a session with this offer id.
  /// `rate` is that of this call where the line has several, 0 = any of the account's.
  public func offer(id: String, from: String, to: String, display: String = "", rate: Int = 0, vendorID: String = "") {
    emitText(
      .offer,
      JSONValue.object([
        "id": .string(id), "from": .string(from), "to": .string(to), "display": .string(display),
        "rate": .int(Int64(rate)), "vendor_id": .string(vendorID),
      ]).text)
  }

  /// The caller gave up before the offer was claimed.
  public func offerGone(id: String) { emitText(.offerGone, id) }

  private func emitText(_ kind: EventKind, _ text: String) {
    withView(text) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, kind, target: handle)
      event.text = view
      host.emit(event)
    }
  }

  /// Has `Account.timer(token:)` called at `at` (nanoseconds of `host.now`; 0 cancels; a past moment posts at once).
  @discardableResult
  public func timer(token: UInt64, at: UInt64) -> Bool { host.timer(owner: handle, token: token, at: at) == vox_status(VOX_OK) }
}

/// The host's side of one session.
public final class SessionPort: @unchecked Sendable {
  public let host: Host
  public let handle: vox_handle
  public let role: Role
  public let settings: JSONValue
  /// `{"call","tenant","agent","direction","language","region"}`; pseudonyms, no phone numbers.
  public let context: JSONValue
  /// The offer this session claims (telephony), or empty.
  public let offer: String
  /// Hz of the audio the host will push; 0 = none.
  public let inRate: Int
  /// Hz of the audio the host expects; 0 = none.
  public let outRate: Int
  /// No call stands behind this session: voices, probes, vocabulary.
  public let isControl: Bool
  /// Cancelled ops that have not ended yet; nothing may follow CLOSED.
  private let leftovers = Mutex<[Op]>([])
  /// The host had no room for the last frame of the line.
  let hasLostFrame = Atomic(false)

  init(host: Host, handle: vox_handle, role: Role, open: vox_open) throws {
    self.host = host
    self.handle = handle
    self.role = role
    settings = try open.settings.json()
    context = try open.context.json()
    offer = open.offer.string
    inRate = Int(open.in_rate)
    outRate = Int(open.out_rate)
    isControl = open.flags & UInt16(VOX_OPEN_CONTROL) != 0
  }

  /// The session is usable; `traits` narrow those of the account.
  public func ready(traits: JSONValue = .object([:])) {
    withView(JSONValue.object(["traits": traits]).text) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, .ready, target: handle)
      event.text = view
      host.emit(event)
    }
  }

  /// The session is lost with all its ops.
  public func failed(_ error: ProviderError) {
    error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: handle)
      event.error = $0
      host.emit(event)
    }
  }

  /// Nothing follows on this session.
  public func closed() {
    for op in leftovers.withLock({ $0 }) { op.cancelled() }
    host.emit(Layout.head(vox_event.self, .closed, target: handle))
  }

  func endsWithClosed(_ ops: [Op]) { leftovers.withLock { $0 = ops } }

  /// Has `Session.timer(token:)` called at `at` (nanoseconds of `host.now`; 0 cancels; a past moment posts at once).
  @discardableResult
  public func timer(token: UInt64, at: UInt64) -> Bool { host.timer(owner: handle, token: token, at: at) == vox_status(VOX_OK) }
}

/// The body of an op's start, copied out of the ABI.
public struct Request: Sendable {
  public let kind: UInt16
  /// The main text, e.g. what to say.
  public let text: String
  /// The text is only the beginning: more comes by `Session.push(_:to:)`, until `Session.finalize` (SAY of voices with `text_grows`).
  public let grows: Bool
  public let body: JSONValue
  /// Equal for the same piece of work tried again.
  public let idempotencyKey: String
  /// Nanoseconds of `host.now`; 0 = none.
  public let deadline: UInt64

  init(_ r: vox_request) throws {
    kind = r.kind
    text = r.text.string
    grows = r.kind == UInt16(VOX_TTS_SAY) && r.flags & UInt16(VOX_TTS_GROWS) != 0
    body = try r.body.json()
    idempotencyKey = r.idempotency_key.string
    deadline = r.deadline
  }
}

/// Audio lent to a session until the call returns.
public struct AudioIn {
  /// Signed 16-bit mono samples; borrowed.
  public let samples: UnsafeBufferPointer<Int16>
  /// Hz.
  public let rate: Int
  /// Index of the first sample since the op began.
  public let position: UInt64
  /// Older audio handed over again, faster than real time.
  public let isReplay: Bool
}
