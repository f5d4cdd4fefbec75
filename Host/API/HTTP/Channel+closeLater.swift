// A way to end a connection so that the peer still reads what it was told.

import NIOCore

extension Channel {
  /// Closes soon. At once, with bytes of the peer unread, the kernel would send a reset that overtakes the answer.
  func closeLater() {
    eventLoop.scheduleTask(in: .milliseconds(Int64(Limits.lingerMs))) { [self] in close(promise: nil) }
  }
}
