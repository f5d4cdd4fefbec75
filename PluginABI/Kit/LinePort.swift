// What a telephony session says about its line.

import PluginABI
import Synchronization
public import Vox

extension SessionPort {
  /// What the far party says: 20 ms of signed 16-bit mono at the session's rate. `position` counts samples from 0; `at` is the
  /// moment they were due on the line's own clock, 0 for now. A line cannot hold its caller back: a frame the host has no room for is
  /// lost, and the next one says so; go on counting.
  @discardableResult
  public func lineAudio(
    _ samples: UnsafeBufferPointer<Int16>, rate: Int, position: UInt64, flags: UInt16 = 0, at: UInt64 = 0
  ) -> PushResult {
    var event = vox_ev_audio()
    event.h = Layout.head(vox_ev_audio.self, .lineAudio, target: handle)
    event.h.at = at
    let lost = hasLostFrame.load(ordering: .relaxed) ? UInt16(VOX_AUDIO_LOST_BEFORE) : 0
    event.audio = vox_audio(
      struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: flags | lost, stream: 0, rate: UInt32(rate),
      count: UInt32(samples.count), position: position, samples: samples.baseAddress)
    let result = PushResult(rawValue: host.emit(event)) ?? .invalid
    hasLostFrame.store(result == .wouldBlock, ordering: .relaxed)
    return result
  }

  /// The far party picked up.
  public func answered() { leg(VOX_LEG_ANSWERED, .none) }

  /// The leg is over; `code` is the vendor's own, 0 = none.
  public func ended(_ cause: LegCause, code: Int = 0) { leg(VOX_LEG_ENDED, cause, code: code) }

  private func leg(_ state: Int, _ cause: LegCause, code: Int = 0) {
    var event = vox_ev_leg()
    event.h = Layout.head(vox_ev_leg.self, .leg, target: handle)
    event.state = UInt16(state)
    event.cause = cause.rawValue
    event.code = UInt32(clamping: code)
    host.emit(event)
  }

  /// What the whole session consumed, in the meter's own unit; say it once, before `closed()`.
  public func usage(_ meter: String, _ amount: UInt64) {
    withView(meter) { meter in
      var event = vox_ev_usage()
      event.h = Layout.head(vox_ev_usage.self, .usage, target: handle)
      event.seq = 1
      event.amount = amount
      event.meter = meter
      host.emit(event)
    }
  }

  /// The far party pressed a key; `source` is VOX_DTMF_EVENT, _SIGNALLING or _IN_BAND.
  public func dtmf(_ digit: Character, source: Int, durationMs: Int = 0) {
    guard let ascii = digit.asciiValue else { return }
    var event = vox_ev_dtmf()
    event.h = Layout.head(vox_ev_dtmf.self, .dtmf, target: handle)
    event.digit = UInt16(ascii)
    event.source = UInt16(source)
    event.duration_ms = UInt32(clamping: durationMs)
    host.emit(event)
  }
}
