// How long a frame of 20 ms takes through a worker and back, beside the least any two processes need to wake each other.

public import Base
import CLinux
import Glibc
public import Loader
import Synchronization
public import Vox

/// Measures the whole way: `push` on a loop, the ring, the plugin in its process, its event, the loop's own ring, the session's owner.
/// The plugin must answer each pushed frame with one frame (LINE_AUDIO), on an op of kind SPEAK.
public final class FrameRoundTrip: SessionOwner, TimerTarget, @unchecked Sendable {
  /// In microseconds.
  public struct Figures: Sendable {
    public let p50: Double
    public let p99: Double
    /// The median of the way there, up to the moment the plugin emitted; NaN for the bare measure.
    public internal(set) var thereP50 = Double.nan

    init(_ ns: [UInt64]) {
      let sorted = ns.sorted()
      func at(_ permille: Int) -> Double {
        sorted.isEmpty ? .nan : Double(sorted[min(sorted.count * permille / 1000, sorted.count - 1)]) / 1000
      }
      (p50, p99) = (at(500), at(990))
    }
  }

  private let loop: CallLoop
  private let frames: Int
  private let cadenceMs: Int
  private let done = Answer<[UInt64]>()
  private let samples = [Int16](repeating: 1, count: 320)
  private var session: ProviderSession?
  private var op: OpID?
  private var sentAt: UInt64 = 0
  private var due = Instant(ns: 0)
  private var taken: [UInt64] = []
  private var there: [UInt64] = []

  private init(loop: CallLoop, frames: Int, cadenceMs: Int) {
    self.loop = loop
    self.frames = frames
    self.cadenceMs = cadenceMs
    taken.reserveCapacity(frames)
    there.reserveCapacity(frames)
  }

  /// Blocks until so many frames went and came.
  ///
  /// - Parameters:
  ///   - provider: telephony, started, its account ready; its sessions live on `table`'s loop, whose thread runs.
  ///   - cadenceMs: 0 = back to back.
  /// - Returns: nil when the session failed or the plugin does not answer frames.
  public static func measure(_ provider: Provider, on table: SessionTable, frames: Int, cadenceMs: Int) -> Figures? {
    let run = FrameRoundTrip(loop: table.loop, frames: frames, cadenceMs: cadenceMs)
    table.loop.submit { run.begin(provider, table) }
    let taken = run.done.wait()
    guard taken.count == frames else { return nil }
    var figures = Figures(taken)
    figures.thereP50 = Figures(run.there).p50
    return figures
  }

  /// Two processes that wake each other by an eventfd each, at the same cadence: there and back.
  public static func measureBare(rounds: Int, cadenceMs: Int) -> Figures {
    let there = clinux_doorbell()
    let back = clinux_doorbell()
    // Blocking: one system call per wake-up is the least there is.
    for fd in [there, back] { _ = fcntl(fd, F_SETFL, 0) }
    let partner = clinux_ping_pong(there, back, UInt32(rounds))
    guard partner > 0 else { return Figures([]) }
    let clock = SystemClock()
    var taken: [UInt64] = []
    var due = clock.now
    for _ in 0..<rounds {
      if cadenceMs > 0 {
        due = due.advanced(byMs: cadenceMs)
        var at = timespec(tv_sec: Int(due.ns / 1_000_000_000), tv_nsec: Int(due.ns % 1_000_000_000))
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nil)
      }
      let start = clock.now.ns
      clinux_ring(there)
      clinux_silence(back)
      taken.append(clock.now.ns - start)
    }
    _ = clinux_reap(partner, 1)
    close(there)
    close(back)
    return Figures(taken)
  }

  // MARK: On the loop

  private func begin(_ provider: Provider, _ table: SessionTable) {
    session = Registry.open(provider, .telephony, rate: 16_000, connectMs: 5000, on: table, owner: self)
  }

  public func sessionReady(_ session: ProviderSession) {
    op = session.start(OpKind.speak, text: "echo")
    due = loop.now
    next()
  }

  private func next() {
    guard cadenceMs > 0 else { return push() }
    due = due.advanced(byMs: cadenceMs)
    _ = loop.timer(self, token: 0, at: due)
  }

  public func timerFired(token: UInt64) { push() }

  private func push() {
    guard let session, let op else { return end() }
    sentAt = loop.now.ns
    samples.withUnsafeBufferPointer { _ = session.push(op, $0, position: UInt64(taken.count * 320)) }
  }

  public func session(_ session: ProviderSession, event: ProviderEvent) {
    guard event.kind == .lineAudio, taken.count < frames else { return }
    taken.append(loop.now.ns - sentAt)
    there.append(event.at > sentAt ? event.at - sentAt : 0)
    if taken.count == frames { end() } else { next() }
  }

  public func session(_ session: ProviderSession, failed error: ProviderError) { done.bring([]) }

  private func end() {
    session?.close(.hangUp)
    done.bring(taken)
  }
}
