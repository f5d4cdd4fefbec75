// Which pieces of work meet the fault: all of them, or some after so many that went well.

import Glibc
import Synchronization

/// Counts the work of an account, whichever loop its sessions live on.
final class FaultBudget: Sendable {
  private let begun = Mutex(0)

  /// Counts one piece of work and answers what becomes of it.
  func next(_ settings: FaultSettings) -> Fault {
    guard settings.disarms ? settings.takeArmed() : settings.isArmed else { return .none }
    let index = begun.withLock { count in
      defer { count += 1 }
      return count
    }
    return settings.meets(index) ? settings.fault : .none
  }

  /// What would become of work that began now; for probes, which are not counted.
  func present(_ settings: FaultSettings) -> Fault {
    !settings.disarms && settings.isArmed && begun.withLock { settings.meets($0) } ? settings.fault : .none
  }
}

extension FaultSettings {
  fileprivate var isArmed: Bool { armed.isEmpty || access(armed, F_OK) == 0 }

  /// Whoever removes the file is the one that fails, in whichever process it runs.
  fileprivate func takeArmed() -> Bool { unlink(armed) == 0 }

  /// - Parameter index: how much work was begun before.
  fileprivate func meets(_ index: Int) -> Bool { index >= skip && (times == 0 || index < skip + times) }
}
