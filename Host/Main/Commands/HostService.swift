// The host as a service that can be started and stopped in order.

import Runtime
import ServiceLifecycle

/// Runs a host until the group it belongs to is told to stop.
struct HostService: Service {
  private let runtime: Runtime
  private let drainMs: Int
  private let whenReady: @Sendable () -> Void

  /// - Parameters:
  ///   - drainMs: how long running calls may take to end.
  ///   - whenReady: called once calls are let in.
  init(_ runtime: Runtime, drainMs: Int, whenReady: @escaping @Sendable () -> Void) {
    self.runtime = runtime
    self.drainMs = drainMs
    self.whenReady = whenReady
  }

  func run() async throws {
    try await runtime.start()
    whenReady()
    try? await gracefulShutdown()
    await runtime.drain(ms: drainMs)
    await runtime.stop()
  }
}
