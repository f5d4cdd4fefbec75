// The peer's end of a WebSocket in a plugin test.

import Foundation
import PluginABI
public import Vox

/// A socket as the far end sees it.
public final class FakeSocket: @unchecked Sendable {
  public enum Message: Equatable, Sendable {
    case text(String)
    case binary([UInt8])

    public var json: JSONValue { if case .text(let text) = self { (try? JSONValue(parsing: text)) ?? .null } else { .null } }
  }

  private let host: FakeHost
  private let lock = NSLock()
  let token: UInt64
  private(set) var owner: vox_handle
  private var messages: [Message] = []
  private var patience: [Bool] = []
  private var closing: (code: Int, reason: String)?
  private var room = Int.max

  init(host: FakeHost, owner: vox_handle, token: UInt64) {
    self.host = host
    self.owner = owner
    self.token = token
  }

  /// What the plugin has sent, in order.
  public var received: [Message] { lock.withLock { messages } }
  /// Whether each of them may wait for others before it leaves.
  public var mayWait: [Bool] { lock.withLock { patience } }
  public var isClosed: Bool { lock.withLock { closing != nil } }
  public var closeCode: Int? { lock.withLock { closing?.code } }

  /// JSON objects of a `type` the plugin has sent.
  public func texts(_ type: String) -> [JSONValue] { received.map(\.json).filter { $0["type"]?.string == type } }

  /// How many more messages are taken before WOULD_BLOCK is answered.
  public func setRoom(_ count: Int) { lock.withLock { room = count } }

  public func send(_ json: JSONValue) { deliver(.socketText, Array(json.text.utf8)) }
  public func send(text: String) { deliver(.socketText, Array(text.utf8)) }
  public func send(binary: [UInt8]) { deliver(.socketBinary, binary) }

  /// The peer goes away.
  public func close(code: Int = 1_006) {
    closed(code: code, reason: "")
    deliver(.socketClosed, [], code: code)
  }

  func deliver(_ kind: EventKind, _ data: [UInt8], code: Int = 0) {
    data.withUnsafeBufferPointer { bytes in
      var event = vox_ev_socket()
      event.h = Layout.head(vox_ev_socket.self, kind, target: lock.withLock { owner })
      event.token = token
      event.code = UInt32(code)
      event.data = vox_view(ptr: bytes.baseAddress, len: UInt64(bytes.count))
      withUnsafePointer(to: event) { $0.withMemoryRebound(to: vox_event.self, capacity: 1) { host.deliver($0) } }
    }
  }

  func take(how: UInt32, _ data: [UInt8]) -> vox_status {
    let status: vox_status = lock.withLock {
      guard room > 0 else { return vox_status(VOX_WOULD_BLOCK) }
      room -= 1
      patience.append(how & UInt32(VOX_SOCKET_MAY_WAIT) != 0)
      messages.append(how & UInt32(VOX_SOCKET_BINARY) != 0 ? .binary(data) : .text(String(decoding: data, as: UTF8.self)))
      return vox_status(VOX_OK)
    }
    host.wakeUp()
    return status
  }

  func closed(code: Int, reason: String) { lock.withLock { closing = closing ?? (code, reason) } }
  func move(to newOwner: vox_handle) { lock.withLock { owner = newOwner } }
}
