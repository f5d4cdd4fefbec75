// A voice that hums: the smallest plugin that does slow work on a thread of its own, as a real synthesiser must.

import Glibc
import PluginABI
import PluginKit
import Vox

let plugin = PluginDefinition(
  manifest: """
    {"id": "hum", "name": "Hum", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
     "roles": {"vox.tts/0": {"rates_out": [16000, 8000, 24000], "word_times": "none", "ops": 2, "text_max_bytes": 2000}},
     "settings": {"type": "object", "additionalProperties": false,
       "properties": {"pitch_hz": {"type": "integer", "minimum": 50, "maximum": 1000, "description": "default 220"}}}}
    """
) { _, _ in HumProvider() }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}

final class HumProvider: Provider {
  func open(_ port: AccountPort) -> any Account {
    port.ready()  // Check the credential in port.secrets first, if your vendor has one; port.failed(_:) says what is wrong.
    return HumAccount()
  }
}

final class HumAccount: Account {
  func open(_ port: SessionPort) -> any Session {
    port.ready()
    return HumSession(port)
  }
}

/// One voice in one call. The host calls these functions on the call's own thread, so none of them may take long:
/// the work happens on `thread`, which waits in `AudioOutlet.write` while the host has enough.
final class HumSession: Session {
  private let thread = SerialThread(name: "hum")
  private let rate: Int
  private let pitch: Double
  private var outlets: [AudioOutlet] = []

  init(_ port: SessionPort) {
    rate = port.outRate == 0 ? 16_000 : port.outRate
    pitch = Double(port.settings["pitch_hz"]?.int ?? 220)
  }

  func start(_ op: Op, _ request: Request) throws {
    guard request.kind == OpKind.say else {
      throw ProviderError(.invalid, "Hum does not know op kind \(request.kind).", code: "unknown_op")
    }
    let (text, rate, pitch) = (request.text, rate, pitch)
    let outlet = AudioOutlet(op, rate: rate)
    outlets = outlets.filter { !$0.op.isOver } + [outlet]
    let isQueued = thread.async {
      // 80 ms for every character, handed over as it is made. False = the host no longer wants it.
      var phase = 0.0
      for _ in text {
        let samples = (0..<(rate * 80 / 1_000)).map { _ in
          phase += 2 * .pi * pitch / Double(rate)
          return Int16(6_000 * sin(phase))
        }
        guard samples.withUnsafeBufferPointer({ outlet.write($0) }) else { return }
      }
      op.usage(VOX_METER_CHARACTERS, UInt64(text.unicodeScalars.count))
      op.completed(["samples": .int(Int64(outlet.position))])
    }
    guard isQueued else { throw ProviderError(.overloaded, "Too many texts are waiting to be hummed.", code: "queue_full") }
  }

  func resume(_ op: Op?) { outlets.forEach { $0.wake() } }
  func cancel(_ op: Op, reason: Reason) { outlets.forEach { $0.wake() } }

  func close(_ port: SessionPort, reason: Reason) {
    outlets.forEach { $0.wake() }
    thread.stop()
    port.closed()
  }
}
