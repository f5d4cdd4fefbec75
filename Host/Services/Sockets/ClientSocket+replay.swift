// A socket whose peer is a recording.

import Base
import Vox

extension ClientSocket {
  func beginReplay(_ tape: TapeTrack) {
    guard tape.find("CONNECT", request.address) else { return refuse(tape.missing("CONNECT", request.address)) }
    replay(tape)
  }

  /// Tells what was recorded: each message no earlier than it came, and not before as much was sent as had been then, or five seconds
  /// have passed beyond its time: a plugin's keep-alives need not come as often as they did.
  func replay(_ tape: TapeTrack) {
    while state != .closed, let next = tape.next {
      let lateMs = Int(loop.now.ms(since: startedAt)) - next.atMs
      guard lateMs >= 0 else { return set(.replay, inMs: -lateMs) }
      if tape.sent < next.sentBefore, lateMs < Limits.replayMs { return set(.replay, inMs: Limits.replayMs - lateMs) }
      tape.advance()
      switch next.what {
      case .head(let head):
        answer = HandshakeReader(head)
        opened()
      case .bytes(let bytes, let isText): if state == .open { deliver(.message(bytes, isText: isText)) }
      case .closed(let code, let reason):
        ending = (code, reason)
        lost()
      case .end(let error): refuse(error ?? ProviderError(.internal, "the recording names no reason", code: "not_recorded"))
      }
    }
    if state == .open { unset(.ping) }
  }
}
