// One diary at work: wishes come in from every call and are dealt with one after the other, on a thread that may wait for the disk.

import DiaryBook
import Glibc
import PluginABI
import PluginKit
import Vox

/// Everything but `open`, `perform` and `stop` happens on the desk's own thread.
final class Desk: @unchecked Sendable {
  private let host: Host
  private let settings: Settings
  private let thread = SerialThread(name: "diary")
  private var book: Book
  private var ledger: Ledger?

  init(_ host: Host, _ settings: Settings) {
    self.host = host
    self.settings = settings
    book = Book(settings.rules)
  }

  deinit { thread.stop() }

  /// Reads the file; `done` gets the error when there is one. Any thread.
  func open(_ done: @escaping @Sendable (ProviderError?) -> Void) {
    let isQueued = thread.async { [self] in
      do {
        if settings.file.isEmpty {
          host.log(.warning, "The diary has no file: appointments and messages are lost with this process.")
        } else {
          let ledger = try Ledger(settings.file)
          try ledger.locked { try catchUp(ledger) }
          self.ledger = ledger
        }
        done(nil)
      } catch { done(Self.failure(error)) }
    }
    if !isQueued { done(Self.busy) }
  }

  /// Deals with a wish and ends its op. A cancelled op that has not begun is not begun. Any thread.
  func perform(_ wish: Wish, key: String, for op: Op) {
    let isQueued = thread.async { [self] in
      guard !op.isCancelled else { return }
      do {
        let result = if let ledger { try ledger.locked { try answer(wish, key, ledger) } } else { try answer(wish, key, nil) }
        op.usage(VOX_METER_REQUESTS, 1)
        op.completed(["result": result])
      } catch { op.failed(Self.failure(error)) }
    }
    if !isQueued { op.failed(Self.busy) }
  }

  func stop() { thread.stop() }

  private func catchUp(_ ledger: Ledger) throws { try ledger.readNew { book.apply($0) } }

  private func answer(_ wish: Wish, _ key: String, _ ledger: Ledger?) throws -> JSONValue {
    if let ledger { try catchUp(ledger) }
    let decision = book.decide(wish, key: key, nowMs: Self.nowMs)
    guard let entry = decision.entry else {
      book.remember(decision.answer, key: key)
      return decision.answer
    }
    try ledger?.append(entry)
    book.apply(entry)
    return decision.answer
  }

  private static let busy = ProviderError(.overloaded, "The diary has too much to do.")

  private static func failure(_ error: any Error) -> ProviderError {
    (error as? ProviderError) ?? ProviderError(.internal, "\(error)", effects: .maybe)
  }

  private static var nowMs: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
