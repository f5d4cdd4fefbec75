// Ctrl-C as something a command can answer in order.

import Glibc
import Synchronization

/// Whether the person at the terminal wants the command to end. Waiting for a host ends then with `interrupted`.
public enum Interrupt {
  /// A pipe, because a signal may come on any thread and must wake the one that waits: `poll` looks at it beside the socket.
  private static let readEnd = Atomic<Int32>(-1)
  private static let writeEnd = Atomic<Int32>(-1)

  /// What to poll for reading; -1, which `poll` passes over, until signals are caught.
  static var file: Int32 { readEnd.load(ordering: .acquiring) }

  /// Takes the note of a signal, so that the command may still talk to the host while it ends.
  static func take() {
    var byte: UInt8 = 0
    _ = read(file, &byte, 1)
  }

  /// From now on the first SIGINT and the first SIGTERM are noted; the next one ends the process as usual. Call it once.
  public static func catchSignals() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd.store(ends[0], ordering: .releasing)
    writeEnd.store(ends[1], ordering: .releasing)
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in
        var byte: UInt8 = 1
        _ = write(Interrupt.writeEnd.load(ordering: .acquiring), &byte, 1)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
  }
}
