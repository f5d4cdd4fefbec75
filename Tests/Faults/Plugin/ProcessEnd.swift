// The ways in which a plugin takes its process with it.

import Glibc

/// How a crash ends the process.
enum ProcessEnd: String, CaseIterable, Sendable {
  case segv, abort, trap, exit, memory

  func die() -> Never {
    switch self {
    case .segv: raise(SIGSEGV)
    case .abort: Glibc.abort()
    case .trap: raise(SIGTRAP)
    case .exit: Glibc.exit(3)
    case .memory: fill()
    }
    Glibc.abort()
  }

  /// Takes all the memory that the process may have; what it asks for next ends it. Kept, or the optimiser would see that it is not used.
  private func fill() -> Never {
    var blocks: [UnsafeMutableRawPointer] = []
    while true { blocks.append(.allocate(byteCount: 1 << 20, alignment: 16)) }
  }
}
