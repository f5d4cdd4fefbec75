// Threads of the host's own: named, detached, without Swift's shared pool behind them.

import CLinux
import Glibc

/// Starts plain threads for loops and lanes.
public enum OwnThread {
  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Runs `body` on a new thread. `name` is shown by debuggers, at most 15 characters.
  ///
  /// - Returns: false when the system has no thread left.
  @discardableResult
  public static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    let start = Unmanaged.passRetained(Body(String(name.prefix(15)), body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    let status = pthread_create(
      &thread, &attributes,
      { raw in
        guard let raw else { return nil }
        let body = Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
        clinux_name_thread(body.name)
        body.run()
        return nil
      }, start.toOpaque())
    if status != 0 { start.release() }
    return status == 0
  }

  /// Has this thread wait for its turn on a core instead of interrupting whoever runs there. For threads that are woken for every frame of
  /// every call: what they are woken for gathers meanwhile, and is done in one go.
  public static func interruptNobody() { clinux_interrupt_nobody() }

  /// Asks the kernel for timers of this thread that are late by at most a microsecond instead of its usual 50.
  static func sharpenTimers() { clinux_timer_slack(1000) }
}
