// One library at work: its functions are called one after the other, on a thread that may wait for them as long as they take.

import NativeEngine
import PluginABI
import PluginKit
import Synchronization
import Vox

/// The queue of one library. Every method may be called from any thread.
final class Lane: Sendable {
  /// Longer queues serve nobody within a call's patience.
  private static let waiting = 64
  private typealias Outcome = Result<JSONValue, ProviderError>

  private struct State {
    /// The call that the library is at.
    var running: Op?
    var isOverdue = false
    var answers = Answers<Outcome>()
  }

  private let host: Host
  private let library: String
  private let thread = SerialThread(name: "native", limit: Lane.waiting)
  private let state = Mutex(State())

  init(_ host: Host, library: String) {
    self.host = host
    self.library = library
  }

  deinit { thread.stop() }

  /// Calls the function when the library is free, and ends the op. A call that was tried before, by its key, gets the answer
  /// it had; a cancelled op that has not begun is not begun.
  /// - Parameter done: comes after the op's end, unless the queue is full; on the library's thread.
  func perform(_ function: NativeFunction, _ passed: [Passed], key: String, for op: Op, done: @escaping @Sendable () -> Void) {
    let tool = function.declaration.tool
    if state.withLock({ $0.isOverdue }) {
      return op.failed(
        ProviderError(
          .unavailable, "'\(tool)' cannot be called: its library has not returned from an earlier call.", scope: .provider,
          code: "library_hangs", detail: "\(library) hangs; reload the provider, and mend the function or its timeout_ms"))
    }
    let isQueued = thread.async { [self] in
      defer { done() }
      guard begin(op) else { return }
      let outcome = known(key, tool) ?? call(function, passed, op)
      end(outcome, key: key.isEmpty ? "" : "\(key) \(tool)")
      switch outcome {
      case .success(let result): op.completed(["result": result])
      case .failure(let error): op.failed(error)
      }
    }
    if !isQueued { op.failed(ProviderError(.overloaded, "Too many calls wait for the library of '\(tool)'.")) }
  }

  /// Gives up on a call whose time is over, and ends its op. A function that has begun cannot be stopped; until it returns, its
  /// library is asked for nothing else.
  func expire(_ op: Op, _ declaration: Declaration) {
    guard !op.isOver else { return }
    let hasBegun = state.withLock { state in
      let hasBegun = state.running === op
      // A call that runs although its op is over was given up by its session, which may be gone since.
      state.isOverdue = hasBegun || state.running?.isOver == true
      // Ended under the lock, so that it cannot begin in between.
      op.failed(
        ProviderError(
          .timeout, "'\(declaration.tool)' has not answered within \(declaration.timeoutMs) ms.", effects: hasBegun ? .maybe : .none,
          code: hasBegun ? "function_slow" : "library_busy", detail: "\(declaration.symbol) of \(library)"))
      return hasBegun
    }
    if hasBegun { host.log(.warning, "\(declaration.symbol) of \(library) has not returned after \(declaration.timeoutMs) ms.") }
  }

  /// Ends the thread after the work that waits. Not waited for: the library may never return.
  func stop() { thread.stop() }

  // MARK: on the library's thread

  private func begin(_ op: Op) -> Bool {
    state.withLock { state in
      guard !op.isCancelled, !op.isOver else { return false }
      state.running = op
      return true
    }
  }

  private func known(_ key: String, _ tool: String) -> Outcome? {
    key.isEmpty ? nil : state.withLock { $0.answers["\(key) \(tool)"] }
  }

  private func call(_ function: NativeFunction, _ passed: [Passed], _ op: Op) -> Outcome {
    defer { op.usage(VOX_METER_REQUESTS, 1) }
    do throws(ProviderError) { return .success(try function.call(passed)) } catch { return .failure(error) }
  }

  private func end(_ outcome: Outcome, key: String) {
    let wasOverdue = state.withLock { state in
      if !key.isEmpty { state.answers.keep(outcome, under: key) }
      state.running = nil
      defer { state.isOverdue = false }
      return state.isOverdue
    }
    if wasOverdue { host.log(.info, "\(library) has returned and takes calls again.") }
  }
}
