// Ctrl-C as something a command can answer in order.

import Glibc
import Synchronization

/// Whether the person at the terminal wants the command to end. Waiting for a host ends then with `interrupted`.
public enum Interrupt {
  private static let asked = Atomic(false)

  /// True once per signal, so that the command may still talk to the host while it ends.
  static func take() -> Bool { asked.exchange(false, ordering: .relaxed) }

  /// From now on SIGINT and SIGTERM are noted; the next one after that ends the process as usual.
  public static func catchSignals() {
    for signal in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in Interrupt.asked.store(true, ordering: .relaxed) }
      // Without SA_RESTART a wait ends when the signal comes, instead of hiding it.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
  }
}
