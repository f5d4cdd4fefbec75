// A provider's traffic on a file: what it sent and what came back, with times, to be told again without a network.

public import Base
import Glibc
import Synchronization
import Vox

/// A recording that is being made or told. One JSON object per line; secrets never reach the file.
public final class Tape: Sendable {
  private enum Mode: Sendable {
    case recording(TapeWriter)
    case replaying(Takes)
  }

  private let mode: Mode
  private let count = Atomic<Int>(0)
  let clock: any Clock

  private init(_ mode: Mode, _ clock: any Clock) {
    self.mode = mode
    self.clock = clock
  }

  /// Records to a file, which is made anew.
  ///
  /// - Parameter secrets: what is written as `***` wherever it stands, in its plain and its percent-encoded form.
  public static func recording(to path: String, secrets: [String], clock: any Clock) throws(Problem) -> Tape {
    Tape(.recording(try TapeWriter(path, secrets: secrets)), clock)
  }

  /// Tells what a file holds. Requests are answered by the first recorded one that is left of the same method and path, so neither the
  /// host nor the order between different paths has to be the same.
  public static func replaying(_ path: String, clock: any Clock) throws(Problem) -> Tape {
    Tape(.replaying(Takes(try TapeReader.read(path))), clock)
  }

  public var isReplay: Bool { if case .replaying = mode { true } else { false } }

  /// Takes of a replay that nobody has asked for.
  public var left: Int { if case .replaying(let takes) = mode { takes.left } else { 0 } }

  /// A track for one request or socket.
  func track() -> TapeTrack {
    let id = count.wrappingAdd(1, ordering: .relaxed).newValue
    switch mode {
    case .recording(let writer): return TapeTrack(id: id, writer: writer, takes: nil, startedAt: clock.now, clock: clock)
    case .replaying(let takes): return TapeTrack(id: id, writer: nil, takes: takes, startedAt: clock.now, clock: clock)
    }
  }
}

/// The recorded requests and sockets that have not been asked for yet.
final class Takes: Sendable {
  private let takes: Mutex<[Take]>
  init(_ takes: [Take]) { self.takes = Mutex(takes) }

  var left: Int { takes.withLock { $0.count } }

  func take(_ method: String, _ path: String) -> Take? {
    takes.withLock { takes in
      guard let at = takes.firstIndex(where: { $0.method == method && $0.path == path }) else { return nil }
      return takes.remove(at: at)
    }
  }
}

/// One recorded request or socket.
struct Take: Sendable {
  enum What: Sendable {
    case head(AnswerHead)
    /// A piece of a body, or a message; whether it is text.
    case bytes([UInt8], isText: Bool)
    case end(ProviderError?)
    case closed(code: Int, reason: String)
  }

  struct Step: Sendable {
    /// Since the request.
    var atMs: Int
    /// How many messages had been sent before it.
    var sentBefore = 0
    var what: What
  }

  /// `CONNECT` for a socket.
  var method: String
  /// Without the query, which may hold what differs from run to run.
  var path: String
  var steps: [Step] = []
}
