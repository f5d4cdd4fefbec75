// One text being said: its passages in order, their sound on its way to the host.

import ChatterboxWire
import PluginABI
import PluginKit
import Sound
import Vox

/// The state of a SAY op.
final class Speech {
  /// What is decoded at a time: 40 ms at 24 kHz, so that a megabyte that came at once does not hold up the call.
  private static let slice = 2 << 10

  let op: Op
  let passages: [Passage]
  private let queue: SpeechQueue
  private var sound: WAVStream
  private let model: String
  private var current = 0
  private var framesBefore = 0
  private var isAccepted = false

  init(_ op: Op, _ passages: [Passage], rate: Int, rawRate: UInt32?, model: String) {
    self.op = op
    self.passages = passages
    self.model = model
    queue = SpeechQueue(op, rate: rate)
    sound = WAVStream(rate: UInt32(clamping: rate), raw: rawRate)
  }

  func hear(_ passage: Passage, _ news: FetchNews) {
    if case .accepted = news, !isAccepted {
      isAccepted = true
      op.accepted()
    }
    passage.hear(news)
  }

  /// It will fail once the sound before is handed over.
  var isFailing: Bool { passages.contains { $0.error != nil } }

  func goOn() { queue.goOn() }

  /// Hands over what the host takes. True when the op is over.
  func pump() -> Bool {
    while queue.isHungry, current < passages.count {
      let passage = passages[current]
      do throws(ProviderError) {
        if let bytes = passage.next(Self.slice) {
          queue.say(try decoded { sound throws(WAVError) in try sound.feed(bytes) })
        } else if let error = passage.error {
          throw error
        } else if passage.isWhole {
          try endPassage()
        } else {
          return false
        }
      } catch {
        fail(error)
        return true
      }
    }
    guard current == passages.count else { return op.isOver }
    queue.finish()
    guard queue.isEmpty else { return false }
    tellUsage(isEstimated: false)
    op.completed(["samples": .int(Int64(queue.handed))])
    return true
  }

  /// Ends the op if one of its passages has failed. For a text whose turn to sound has not come: another voice may say it at once.
  func endsUnheard() -> Bool {
    guard let error = passages.lazy.compactMap(\.error).first else { return false }
    fail(error)
    return true
  }

  /// Lets go of the server's work. Usage is told, the end is not.
  func drop() {
    for passage in passages { passage.fetch?.cancel() }
    tellUsage(isEstimated: true)
  }

  private func endPassage() throws(ProviderError) {
    queue.say(try decoded { sound throws(WAVError) in try sound.finish() })
    guard sound.sourceFrames > framesBefore else { throw ChatterboxError.unreadable("no sound") }
    framesBefore = sound.sourceFrames
    current += 1
  }

  private func decoded(_ body: (inout WAVStream) throws(WAVError) -> [Int16]) throws(ProviderError) -> [Int16] {
    do throws(WAVError) {
      return try body(&sound)
    } catch {
      throw ChatterboxError.unreadable("sound that cannot be read: \(error)")
    }
  }

  private func fail(_ error: ProviderError) {
    drop()
    op.failed(error)
  }

  /// Characters were sent, whatever became of them; sound and compute as far as they are known.
  private func tellUsage(isEstimated: Bool) {
    let begun = passages.filter(\.hasBegun)
    op.usage(VOX_METER_CHARACTERS, UInt64(begun.reduce(0) { $0 + $1.text.unicodeScalars.count }), label: model)
    if sound.sourceRate > 0 {
      let ms = UInt64(sound.sourceFrames) * 1000 / UInt64(sound.sourceRate)
      op.usage(VOX_METER_AUDIO_OUT_MS, ms, label: model, estimated: isEstimated)
    }
    let told = begun.compactMap(\.computeMs)
    let guessed = begun.compactMap { ($0.fetch as? JobFetch)?.workedMs }.reduce(0, +)
    // What the worker's start and idle time cost is known to RunPod alone.
    if !told.isEmpty || guessed > 0 {
      op.usage(VOX_METER_COMPUTE_MS, UInt64(max(told.reduce(guessed, +), 0)), label: model, estimated: true)
    }
  }
}
