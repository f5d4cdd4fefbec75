// A line without a clock, linked into the benchmark: calls come and frames arrive exactly when it is told so.

import PluginABI
import PluginKit
import Synchronization
import Vox

private let manifest = """
  {"id": "bench-line", "name": "Bench line", "version": "1.0.0", "inbound": true,
   "roles": {"vox.telephony/0": {"rates": [16000], "lead_ms": 40, "clear": true}},
   "settings": {"type": "object", "additionalProperties": false}}
  """

private let plugin = PluginDefinition(manifest: manifest) { _, _ in BenchLine() }

let benchLineEntry: @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? = { plugin.entry($0, $1, $2) }

final class BenchLine: Provider, Account {
  /// The account and the legs, for the benchmark's own thread.
  struct Shared {
    var account: AccountPort?
    var leg: SessionPort?
    var isAnswered = false
  }
  private static let shared = Mutex(Shared())
  private static let frames = Atomic(0)

  /// The leg of the call, once it is open.
  static var leg: SessionPort? { shared.withLock { $0.leg } }
  static var isAnswered: Bool { shared.withLock { $0.isAnswered } }
  /// How many frames of the agent's voice have come so far.
  static var spoken: Int { frames.load(ordering: .relaxed) }
  static func reset() { shared.withLock { $0 = Shared() } }

  func open(_ account: AccountPort) throws -> any Account {
    Self.shared.withLock { $0.account = account }
    account.ready()
    return self
  }

  func open(_ port: SessionPort) throws -> any Session {
    Self.shared.withLock { $0.leg = port }
    port.ready()
    return Leg()
  }

  /// One object is both provider and account here; neither has anything to let go of.
  func close() {}

  static func offer(_ id: String) { shared.withLock { $0.account }?.offer(id: id, from: "1", to: "2") }

  private final class Leg: Session {
    func start(_ op: Op, _ request: Request) throws {
      if request.kind == OpKind.answer { BenchLine.shared.withLock { $0.isAnswered = true } }
      if request.kind != OpKind.speak { op.completed() }
    }

    func push(_ audio: AudioIn, to op: Op) -> PushResult {
      BenchLine.frames.add(1, ordering: .relaxed)
      return .ok
    }

    /// The end of speech: whatever was pushed counts as heard.
    func finalize(_ op: Op, mark: UInt64) { op.completed() }
  }
}
