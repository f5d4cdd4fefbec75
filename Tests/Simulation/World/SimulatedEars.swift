// A recogniser of the simulated world: reads the words from the levels it is given.

import Base
import PluginABI
import Vox

/// Perfect as long as its vendor is well.
final class SimulatedEars: SimulatedSession {
  private struct Heard {
    let number: Int
    let start: UInt64
    let end: UInt64
  }

  private var listen: Work?
  private var fault: Fault?
  private var level: Int16 = 0
  private var runStart: UInt64 = 0
  private var samples: UInt64 = 0
  private var isNoted = false
  private var words: [Heard] = []
  /// The last word that was given as final.
  private var lastSettled = 0
  private var cutAt = UInt64.max
  private var lastFinalAt = Instant(ns: 0)
  private var lastGuessAt = Instant(ns: 0)
  private static let wordSamples = Words.callerWordMs * Words.samplesPerMs

  override func begin(_ work: Work, _ request: vox_request, _ fault: Fault?) {
    listen = work
    self.fault = fault
    level = 0
    runStart = 0
    samples = 0
    words = []
    lastSettled = 0
    if case .cut = fault { cutAt = UInt64(world.chance.some(1600...160_000)) }
    if fault == .hangsUp || fault == .garbage || fault == .empty { cutAt = UInt64(world.chance.some(1600...80_000)) }
  }

  /// Nothing comes of what it is given: it is connected, and deaf.
  private var isDeaf: Bool { vendor.map { $0.spell(.stt, at: now) == .silence } ?? false }

  override func push(_ op: vox_handle, _ audio: UnsafePointer<vox_audio>) -> vox_status {
    guard let listen, listen.op == op else { return work(op) == nil ? vox_status(VOX_STALE) : vox_status(VOX_OK) }
    guard !listen.isOver, let input = audio.pointee.samples, audio.pointee.position == samples else { return vox_status(VOX_INVALID) }
    let count = Int(audio.pointee.count)
    if samples >= cutAt { breakOff(listen) }
    take(input, count)
    samples += UInt64(count)
    return vox_status(VOX_OK)
  }

  private func breakOff(_ work: Work) {
    cutAt = .max
    vendor?.note(fault ?? .cut(atPermille: 0), .stt, at: now)
    switch fault {
    case .hangsUp: hangUpSession()
    case .garbage: breakContract(work)
    case .empty: completed(work)
    default: failed(work, ProviderError(.unavailable, "\(name) broke off", effects: .maybe))
    }
  }

  private func take(_ input: UnsafePointer<Int16>, _ count: Int) {
    if input[0] == level, input[count - 1] == level { return }
    for i in 0..<count where input[i] != level { change(to: input[i], at: samples + UInt64(i)) }
  }

  private func change(to next: Int16, at position: UInt64) {
    noteRun(until: position)
    level = next
    runStart = position
    isNoted = false
  }

  /// A run that is long enough is a word, once.
  private func noteRun(until position: UInt64) {
    guard !isNoted, let number = Words.callerWord(level), position - runStart >= UInt64(Self.wordSamples * 4 / 5), let listen else {
      return
    }
    isNoted = true
    words.append(Heard(number: number, start: runStart, end: position))
    let soFar = words
    // Messages of one connection overtake each other as little as finals do.
    lastGuessAt = max(lastGuessAt, now.advanced(byMs: world.chance.some(30...250)))
    world.agenda.note(at: lastGuessAt) { [self] in
      // What is settled is no guess any more.
      guard number > lastSettled else { return }
      say(listen, soFar[...], isFinal: false)
    }
  }

  override func finalize(_ work: Work, mark: UInt64) {
    guard work === listen else { return }
    noteRun(until: samples)
    let settled = words
    words = []
    // What it has not understood yet is not settled either.
    let end = settled.last?.end ?? (Words.callerWord(level) != nil && !isNoted ? runStart : samples)
    var ms = world.chance.some(vendor?.finalMs ?? 100...200)
    if case .slow(let late) = fault { ms += late }
    // Finals come in the order of what was said.
    lastFinalAt = max(lastFinalAt, now.advanced(byMs: ms))
    world.agenda.note(at: lastFinalAt) { [self] in
      guard !work.isOver else { return }
      say(work, settled[...], isFinal: true, end: end)
      self.mark(work, .flushed, position: end, value: mark)
    }
  }

  private func say(_ work: Work, _ heard: ArraySlice<Heard>, isFinal: Bool, end: UInt64 = 0) {
    // Who is deaf once hears nothing more of this call.
    if isDeaf { fault = .silence }
    guard !work.isOver else { return }
    guard fault != .silence else { return vendor?.note(.silence, .stt, at: now) ?? () }
    if isFinal, let last = heard.last { lastSettled = last.number }
    let text = heard.map { "c\($0.number)" }.joined(separator: " ")
    withView(text) { view in
      var event = vox_ev_words()
      event.h = head(vox_ev_words.self, .transcript, work, flags: isFinal ? UInt16(VOX_TRANSCRIPT_FINAL) : 0)
      event.start = heard.first?.start ?? 0
      event.end = isFinal ? world.border.settledEnd(end, start: event.start) : heard.last?.end ?? 0
      event.confidence = 950
      event.text = view
      work.note(emit(&event), at: now)
    }
  }

  override func letGo(_ work: Work) { usage(work, "audio_in_ms", Int(samples) / Words.samplesPerMs) }
}
