// Sound on its way to a host that is full now and then: in order, in frames, and nothing twice.

import PluginABI
import Testing
import Vox

@testable import PluginKit

struct SpeechQueueTests {
  /// A host that takes what it has room for.
  private final class Ear: @unchecked Sendable {
    var room = Int.max
    var answer = vox_status(VOX_OK)
    var heard: [Int16] = []
    var sizes: [Int] = []
    var kinds: [UInt16] = []
    let table = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)

    init() {
      table.initialize(to: vox_host_v0())
      table.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
      table.pointee.emit = { ctx, event in
        guard let ctx else { return vox_status(VOX_INTERNAL) }
        return Unmanaged<Ear>.fromOpaque(ctx).takeUnretainedValue().take(event)
      }
    }

    deinit { table.deallocate() }

    private func take(_ event: UnsafePointer<vox_event>) -> vox_status {
      guard answer == VOX_OK else { return answer }
      guard room > 0 else { return vox_status(VOX_WOULD_BLOCK) }
      room -= 1
      kinds.append(event.pointee.kind)
      guard event.pointee.kind == UInt16(VOX_EV_TTS_AUDIO) else { return vox_status(VOX_OK) }
      let audio = UnsafeRawPointer(event).load(as: vox_ev_audio.self).audio
      #expect(audio.position == UInt64(heard.count) && audio.count <= audio.rate / 5)
      sizes.append(Int(audio.count))
      heard += UnsafeBufferPointer(start: audio.samples, count: Int(audio.count))
      return vox_status(VOX_OK)
    }
  }

  private let ear = Ear()
  private let queue: SpeechQueue
  private let sound = (0..<5_000).map { Int16($0) }

  init() { queue = SpeechQueue(Op(host: Host(ear.table), session: 1, handle: 2), rate: 8_000) }

  /// Crumbs are gathered to frames of 20 ms, the first of which leaves at once; the rest goes when it is over.
  @Test func frames() {
    for sample in sound[..<400] { queue.say([sample]) }
    #expect(ear.sizes == [160, 160] && queue.waiting == 80 && !queue.isEmpty)
    queue.finish()
    #expect(ear.heard == Array(sound[..<400]) && queue.isEmpty && queue.handed == 400)
  }

  /// What the host refuses is kept and comes after it has room again, in order and once.
  @Test func waits() {
    ear.room = 2
    queue.say(sound)
    #expect(ear.heard.count == 1_600 && !queue.isHungry && queue.made == 5_000)
    queue.say([7])
    ear.room = 1
    queue.goOn()
    #expect(ear.heard.count == 2_400)
    ear.room = .max
    queue.finish()
    #expect(ear.heard.count == 2_400)
    queue.goOn()
    #expect(ear.heard == sound + [7] && queue.isEmpty)
  }

  /// Words leave before the sound that follows them, also when they had to wait.
  @Test func words() {
    ear.room = 0
    let word = vox_word(start: 0, end: 10, text_at: 0, text_len: 1, confidence: 0, speaker: 0, flags: 0, zero: 0)
    queue.say(words: [word], of: "a")
    queue.say(Array(sound[..<160]))
    #expect(!queue.isEmpty)
    ear.room = .max
    queue.goOn()
    #expect(ear.kinds == [UInt16(VOX_EV_TTS_WORDS), UInt16(VOX_EV_TTS_AUDIO)])
  }

  /// Once the host has let go of the op nothing is kept any more.
  @Test func letsGo() {
    ear.answer = vox_status(VOX_STALE)
    queue.say(sound)
    #expect(queue.isEmpty && queue.waiting == 0 && !queue.isHungry)
    queue.say(sound)
    #expect(queue.waiting == 0)
  }
}
