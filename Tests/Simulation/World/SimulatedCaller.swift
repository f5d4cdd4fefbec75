// A person who calls: speaks, interrupts, presses keys, coughs, is silent, hangs up.

import Base
import Vox

/// One caller. Nothing is sent while they are silent, except for so long that everybody knows that they are.
final class SimulatedCaller {
  let offer: String
  let number: String
  let dials: String
  unowned let world: World
  weak var line: SimulatedLine?
  /// How many words have been said to their end.
  private(set) var spoken = 0
  private(set) var mostQueuedMs = 0
  private(set) var isGone = false
  /// Levels and how many blocks of each.
  private var track: [(level: Int16, blocks: Int)] = []
  private var tail = 0
  private var isSending = false
  private var lastWord = 0
  private var sent: UInt64 = 0
  private var patience: Int

  private static let blockMs = 100
  private static let block = blockMs * Words.samplesPerMs
  private static let tailBlocks = 7
  /// Levels of a cough: a recogniser makes nothing of it.
  private static let cough: Int16 = 600

  init(offer: String, dials: String, world: World) {
    self.offer = offer
    number = "+4179\(1_000_000 + offer.utf8.count)"
    self.dials = dials
    self.world = world
    patience = world.chance.some(1...40)
  }

  func pickedUp() { live() }
  func left() { isGone = true }
  func noteQueued(ms: Int) { if ms > mostQueuedMs { mostQueuedMs = ms } }

  private func after(_ ms: Int, _ body: @escaping () -> Void) { world.agenda.note(at: world.clock.now.advanced(byMs: ms), body) }

  private func live() {
    after(world.chance.some(500...18_000)) { [self] in
      guard !isGone else { return }
      act()
      live()
    }
  }

  private func act() {
    patience -= 1
    guard patience > 0 else {
      line?.leave(world.chance.percent(97) ? .hangUp : .failed)
      return
    }
    guard track.isEmpty else { return }
    switch world.chance.some(0...99) {
    case 0..<62: say(world.chance.some(1...8))
    case 62..<70: sound(Self.cough, blocks: world.chance.some(1...10))
    case 70..<76: line?.press(UInt8(ascii: "0") + UInt8(world.chance.some(0...9)))
    default: break
    }
  }

  private func say(_ count: Int) {
    for _ in 0..<count where lastWord < Words.most {
      lastWord += 1
      sound(Words.callerLevel(lastWord), blocks: Words.callerWordMs / Self.blockMs)
    }
  }

  private func sound(_ level: Int16, blocks: Int) {
    if track.isEmpty { line?.call.callerSounds(at: world.clock.now, line) }
    track.append((level, blocks))
    tail = Self.tailBlocks
    guard !isSending else { return }
    isSending = true
    after(Self.blockMs) { [self] in send() }
  }

  /// The next block.
  private func send() {
    guard !isGone, let line else { return isSending = false }
    var level: Int16 = 0
    if let first = track.first {
      level = first.level
      track[0].blocks -= 1
      if track[0].blocks == 0 {
        track.removeFirst()
        if let word = Words.callerWord(level) { spoken = word }
      }
      line.call.callerSounded(at: world.clock.now)
    } else {
      tail -= 1
      if tail == 0 { isSending = false }
    }
    world.block.update(repeating: level, count: Self.block)
    line.send(world.block, count: Self.block, position: sent)
    sent += UInt64(Self.block)
    if isSending { after(Self.blockMs) { [self] in send() } }
  }
}
