// How a worker ended, told apart, and the sentence that names it.

import CLinux
import Glibc
import Vox

/// The end of a worker that nobody asked for.
public struct Crash: Hashable, Sendable {
  public enum Cause: Hashable, Sendable {
    case segmentationFault, busError, abort, trap, arithmetic
    /// A system call that the sandbox does not survive.
    case forbiddenCall
    case exit(Int)
    /// It reached its limit of memory, in MiB.
    case memoryLimit(Int)
    /// The kernel ended it, as it does when the machine runs out of memory.
    case killed
    case signal(Int)
    /// A call did not come back within so many milliseconds.
    case hang(ms: Int)
    /// The process did not answer for so many milliseconds, though nothing was asked of the plugin.
    case silent(ms: Int)
    /// It wrote to the host what its runtime never writes.
    case breach(String)
  }

  public let cause: Cause
  /// The function of the plugin that ran when it ended. The worker wrote it down, so it is a hint; empty = none.
  public let function: String

  public init(_ cause: Cause, in function: String = "") {
    self.cause = cause
    self.function = function
  }

  /// Reads how a process ended. A process that held nearly all the memory it may have, and then failed, failed for want of memory.
  init(_ death: clinux_death, memory: UInt64, memoryLimit: UInt64, function: String) {
    self.init(Self.cause(death, memory, memoryLimit), in: function)
  }

  private static func cause(_ death: clinux_death, _ memory: UInt64, _ limit: UInt64) -> Cause {
    let failed = death.signal != 0 || death.status != 0
    if failed, limit > 0, memory >= limit / 10 * 9 { return .memoryLimit(Int(limit >> 20)) }
    switch death.signal {
    case 0: return .exit(Int(death.status))
    case SIGSEGV: return .segmentationFault
    case SIGBUS: return .busError
    case SIGABRT: return .abort
    case SIGILL, SIGTRAP: return .trap
    case SIGFPE: return .arithmetic
    case SIGSYS: return .forbiddenCall
    case SIGKILL: return .killed
    default: return .signal(Int(death.signal))
    }
  }

  /// Stable, for programs and metrics.
  public var code: String {
    switch cause {
    case .segmentationFault: "crash_segv"
    case .busError: "crash_bus"
    case .abort: "crash_abort"
    case .trap: "crash_trap"
    case .arithmetic: "crash_arithmetic"
    case .forbiddenCall: "crash_forbidden_call"
    case .exit: "crash_exit"
    case .memoryLimit, .killed: "crash_memory"
    case .signal: "crash_signal"
    case .hang, .silent: "crash_hang"
    case .breach: "crash_breach"
    }
  }

  /// What happened, to follow the plugin's name: `crashed with a segmentation fault in start`.
  public var sentence: String {
    let place = function.isEmpty ? "" : " in \(function)"
    return switch cause {
    case .segmentationFault: "crashed with a segmentation fault\(place)"
    case .busError: "crashed with a bus error\(place)"
    case .abort: "called abort()\(place)"
    case .trap: "stopped at a trap\(place), as a failed check of its own does"
    case .arithmetic: "crashed with an arithmetic error\(place)"
    case .forbiddenCall: "made a system call that ends a worker\(place)"
    case .exit(let status): "called exit(\(status))\(place)"
    case .memoryLimit(let mib): "ran out of the \(mib) MiB of memory it may use\(place)"
    case .killed: "was killed by the system\(place), most likely because the machine ran out of memory"
    case .signal(let number): "was ended by signal \(number)\(place)"
    case .hang(let ms): "did not come back\(place) within \(ms) ms"
    case .silent(let ms): "did not answer for \(ms) ms"
    case .breach(let reason): "broke the rules of the shared memory\(place): \(reason)"
    }
  }

  /// The failure of a session that was open in the worker.
  var error: ProviderError {
    ProviderError(.crashed, "the plugin \(sentence)", scope: .session, effects: .maybe, code: code)
  }
}
