// libcurl on the thread of the network: every transfer of all providers.

import Base
import CCurl

/// Whose transfer it is.
protocol TransferOwner: AnyObject {
  /// It has ended by itself, on the network's thread.
  func ended(_ result: CURLcode)
}

/// The transfers of all calls on one loop, so that every call shares the open connections. A byte that arrives is read here and its event
/// written straight into the ring of the call's loop: one hop, whichever call it is for.
///
/// Everything happens on the loop, but for the initialiser and `start`.
final class Transfers: DescriptorOwner, TimerTarget, @unchecked Sendable {
  let loop: DescriptorLoop
  let share: UnsafeMutableRawPointer?

  private let multi: UnsafeMutableRawPointer
  private var owners: [UnsafeMutableRawPointer: any TransferOwner] = [:]
  private var timer: TimerID?

  /// Nil when the system or the library has no means left.
  init?(_ loop: DescriptorLoop) {
    // Idempotent and, with this library, safe to call from any thread.
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else { return nil }
    self.loop = loop
    self.multi = multi
    share = ccurl_share_sessions()
    ccurl_multi_long(multi, CURLMOPT_MAXCONNECTS, Limits.connections)
    ccurl_multi_callbacks(multi, Self.watchSocket, Self.setTimer, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Starts the loop's thread, once everybody else has given it what they have to do; false when the system has none left.
  func start() -> Bool {
    loop.eachTurn { [self] in reap() }
    return loop.start(name: "network")
  }

  /// Begins a transfer; false when the library refuses it.
  func add(_ easy: UnsafeMutableRawPointer, _ owner: any TransferOwner) -> Bool {
    guard curl_multi_add_handle(multi, easy) == CURLM_OK else { return false }
    owners[easy] = owner
    return true
  }

  /// Ends a transfer, or takes one that has ended out. Never inside one of its callbacks.
  func remove(_ easy: UnsafeMutableRawPointer) {
    if owners.removeValue(forKey: easy) != nil { curl_multi_remove_handle(multi, easy) }
  }

  func ready(_ descriptor: Int32, _ how: Readiness) {
    act(
      descriptor,
      (how.contains(.read) ? CURL_CSELECT_IN : 0) | (how.contains(.write) ? CURL_CSELECT_OUT : 0)
        | (how.contains(.broken) ? CURL_CSELECT_ERR : 0))
  }

  func timerFired(token: UInt64) {
    timer = nil
    act(CURL_SOCKET_TIMEOUT, 0)
  }

  private func act(_ socket: Int32, _ events: Int32) {
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, events, &running)
  }

  private func reap() {
    var result = CURLE_OK
    while let easy = ccurl_multi_ended(multi, &result) { owners[easy]?.ended(result) }
  }

  private static let watchSocket: ccurl_socket_callback = { _, socket, what, context, _ in
    guard let context else { return 0 }
    let transfers = Unmanaged<Transfers>.fromOpaque(context).takeUnretainedValue()
    switch what {
    case CURL_POLL_IN: transfers.loop.watch(socket, transfers, .read)
    case CURL_POLL_OUT: transfers.loop.watch(socket, transfers, .write)
    case CURL_POLL_INOUT: transfers.loop.watch(socket, transfers, [.read, .write])
    // The connection may be a WebSocket's by now, which is told itself.
    default: if transfers.loop.owner(of: socket) === transfers { transfers.loop.forget(socket) }
    }
    return 0
  }

  private static let setTimer: ccurl_timer_callback = { _, ms, context in
    guard let context else { return 0 }
    let transfers = Unmanaged<Transfers>.fromOpaque(context).takeUnretainedValue()
    transfers.loop.cancel(transfers.timer)
    transfers.timer = ms < 0 ? nil : transfers.loop.timer(transfers, token: 0, inMs: Int(ms))
    return 0
  }
}
