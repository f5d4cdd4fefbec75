// A synthetic person at one end of a line: hears frames, says frames, presses keys, hangs up.

import Sound

/// Plays a script in real time. One owner at a time; `step` neither allocates nor blocks, except when a turn begins.
public final class Caller {
  /// What the person did in a frame, besides making sound.
  public enum Deed: Equatable, Sendable {
    case nothing
    /// Pressed a key that is signalled beside the sound; ASCII.
    case key(UInt8)
    case hangUp
  }

  public let log: CallerLog
  private var parts: [CallPlan.Part]
  private let frame: Int
  private var machine: CallerMachine
  private var current: CallPlan.Part?
  private var at = 0

  /// 100 ms of tone and 100 ms of gap, as a person's finger is not quicker.
  private static let keyMs = 200
  /// -50 dBFS: a quiet line's noise is below, the softest speech above.
  private static let loudDBFS: Float = -50

  public init(_ plan: CallPlan) {
    parts = plan.parts
    frame = plan.line.frame
    machine = CallerMachine(plan.script)
    log = CallerLog()
  }

  /// Adds turns to the end, loaded for the same line.
  public func add(_ more: CallPlan) {
    parts += more.parts
    machine.add(more.script)
  }

  /// The next 20 ms: hears one frame and fills another.
  public func step(heard: UnsafeBufferPointer<Int16>, said: UnsafeMutableBufferPointer<Int16>) -> Deed {
    said.update(repeating: 0)
    let isLoud = PCM.levelDBFS(heard) > Self.loudDBFS
    log.frame(heardLoud: isLoud)
    switch machine.frame(agentIsLoud: isLoud, isActing: current != nil) {
    case .hangUp: return .hangUp
    case .listen: break
    case .begin(let turn):
      current = turn < parts.count ? parts[turn] : nil
      at = 0
      log.began(turn: turn)
    }
    let deed = act(said)
    if current == nil { log.ended() }
    return deed
  }

  private func act(_ said: UnsafeMutableBufferPointer<Int16>) -> Deed {
    defer { at += frame }
    switch current {
    case nil: break
    case .sound(let recording):
      for i in 0..<min(frame, max(recording.samples.count - at, 0)) { said[i] = recording.samples[at + i] }
      if at + frame >= recording.samples.count { current = nil }
    case .pause(let samples): if at + frame >= samples { current = nil }
    case .keys(let keys):
      let perKey = frame * Self.keyMs / CallerMachine.frameMs
      if at % perKey == 0, at / perKey < keys.count { return .key(keys[at / perKey]) }
      if at + frame >= keys.count * perKey { current = nil }
    }
    return .nothing
  }
}
