// The agent's speech on its way to the caller's ear, and how much of it has been heard.

import PluginABI
import PluginKit
import Vox

/// Speeches in the order they are to be heard, usually one. Guarded by the call's lock.
struct Playout {
  /// One op: the agent's speech, or the tones of its keys.
  private final class Speech {
    let op: Op
    let isTones: Bool
    var waiting: UnsafeMutableBufferPointer<Int16>
    var first = 0
    var count = 0
    var played: UInt64 = 0
    var isWhole = false
    var wasRefused = false

    init(_ op: Op, room: Int, isTones: Bool) {
      self.op = op
      self.isTones = isTones
      waiting = .allocate(capacity: max(room, 1))
    }

    deinit { waiting.deallocate() }

    func put(_ samples: UnsafeBufferPointer<Int16>) {
      for (i, sample) in samples.enumerated() { waiting[(first + count + i) % waiting.count] = sample }
      count += samples.count
    }

    func take() -> Int16 {
      defer {
        first = (first + 1) % waiting.count
        count -= 1
      }
      return waiting[first]
    }
  }

  private let rate: Int
  private var speeches: [Speech] = []
  /// Samples that were missing in the middle of a speech.
  private(set) var underrun: UInt64 = 0

  init(rate: Int) { self.rate = rate }

  mutating func begin(_ op: Op) {
    // 200 ms hold all that a host within `lead_ms` can have sent, and bound what another can leave here.
    speeches.append(Speech(op, room: rate / 5, isTones: false))
  }

  mutating func begin(_ op: Op, tones: [Int16]) {
    let speech = Speech(op, room: tones.count, isTones: true)
    tones.withUnsafeBufferPointer { speech.put($0) }
    speech.isWhole = true
    speeches.append(speech)
  }

  func push(_ samples: UnsafeBufferPointer<Int16>, to op: Op) -> PushResult {
    guard let speech = speeches.first(where: { $0.op === op }), !speech.isTones else { return .stale }
    guard samples.count <= speech.waiting.count else { return .invalid }
    guard speech.count + samples.count <= speech.waiting.count else {
      speech.wasRefused = true
      return .wouldBlock
    }
    speech.put(samples)
    return .ok
  }

  func finalize(_ op: Op) { speeches.first { $0.op === op }?.isWhole = true }

  /// Ends a speech where it is.
  mutating func cancel(_ op: Op) {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return }
    op.cancelled(position: speeches.remove(at: index).played)
  }

  mutating func cancelAll() { while let speech = speeches.first { cancel(speech.op) } }

  /// The next frame for the caller's ear; silence where there is nothing.
  mutating func play(_ frame: UnsafeMutableBufferPointer<Int16>) {
    var filled = 0
    while filled < frame.count, let speech = speeches.first {
      let part = min(frame.count - filled, speech.count)
      for _ in 0..<part {
        frame[filled] = speech.take()
        filled += 1
      }
      if part > 0 { tell(speech, part) }
      guard speech.isWhole, speech.count == 0 else {
        if speech.count == 0, speech.played > 0 { underrun += UInt64(frame.count - filled) }
        break
      }
      speech.op.completed(speech.isTones ? [:] : ["played": .int(Int64(speech.played))])
      speeches.removeFirst()
    }
    for i in filled..<frame.count { frame[i] = 0 }
  }

  /// PLAYED, exact, every 200 ms; and RESUME, once there is room for what was refused.
  private func tell(_ speech: Speech, _ count: Int) {
    speech.played += UInt64(count)
    let every = UInt64(rate / 5)
    if !speech.isTones, speech.played % every < UInt64(count) {
      speech.op.mark(.played, position: speech.played, flags: UInt16(VOX_PLAYED_EXACT))
    }
    if speech.wasRefused, speech.count <= speech.waiting.count / 2 {
      speech.wasRefused = false
      speech.op.resume()
    }
  }
}
