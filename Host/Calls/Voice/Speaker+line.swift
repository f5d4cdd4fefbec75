// What the line has played, and how the agent falls silent and goes on.

import Base
import PluginABI
import Vox

extension Speaker: PlayoutOwner {
  func playoutPushed() {
    acknowledge()
    feed()
    noteFirstPlayed(loop.now)
  }

  private func noteFirstPlayed(_ now: Instant) {
    guard let first = queue.first(where: { !$0.pieces.isEmpty && !$0.isOver }), first.firstPlayedAt == nil, first.isReleased,
      let start = first.pieces.first?.start, playout.next > start
    else { return }
    first.firstPlayedAt = now
    owner?.speaker(first, firstPlayedAt: now)
  }

  func playoutReached(_ position: UInt64) {
    while let first = queue.first, first.isReleased, first.isSynthesised, first.end ?? position <= position {
      finishFirst(at: position, cut: false)
    }
    noteFirstPlayed(loop.now)
  }

  func playoutDrained() {
    // The line's count may end a little before ours where it was padded: everything made has been heard.
    while let first = queue.first, first.isReleased, first.isSynthesised { finishFirst(at: playout.end, cut: false) }
    if queue.isEmpty { owner?.speakerFellSilent() }
  }

  func playoutStopped(at position: UInt64) {
    pausedAt = position
    switch wish {
    case .hold: owner?.speakerPaused(at: loop.now)
    case .resume: goOn(from: position)
    case .drop: drop(at: position)
    case .forget:
      dropCut(at: position)
      feed()
      settle()
    }
  }

  // MARK: Interrupting

  /// Falls silent now and keeps everything.
  func pause() {
    guard cut.isEmpty else { return }
    wish = .hold
    if !playout.isPaused { playout.pause() }
  }

  /// Goes on at the word that was cut.
  func resume() {
    guard cut.isEmpty else { return }
    wish = .resume
    if let pausedAt { goOn(from: pausedAt) }
  }

  /// The caller has the turn: what was not heard is dropped, and its providers are told.
  func giveWay() {
    // Before the work is taken back, as in `abandon`.
    cut += queue
    queue = []
    takeBack(.bargeIn) { _ in true }
    wish = .drop
    if let pausedAt { drop(at: pausedAt) } else if !playout.isPaused { playout.pause() }
  }

  func goOn(from position: UInt64) {
    pausedAt = nil
    estimateMissingWords(queue)
    // The first of the queue may have been heard to its end already, without anybody having said so; and one without text has no sound.
    let sounding = queue.first { !$0.pieces.isEmpty && $0.end.map { $0 > position } ?? true }
    playout.resume(from: sounding?.wordBoundary(before: position) ?? position)
  }

  /// The end of a piece that is still being made is not known, but about how long it will be.
  func estimateMissingWords(_ utterances: [Utterance]) {
    for utterance in utterances {
      for piece in utterance.pieces.indices where utterance.pieces[piece].start != nil { estimateWords(utterance, piece) }
    }
  }

  func takeBack(_ reason: Reason, _ matches: (InFlight) -> Bool) {
    let runs = inFlight.filter(matches).map(\.run)
    inFlight.removeAll(where: matches)
    // The last first: a voice that is free begins with the next one that it has.
    for run in runs.reversed() { takeBack(run, reason) }
  }

  func takeBack(_ run: WorkRun, _ reason: Reason) {
    guard !run.isOver else { return }
    leaving.append(run)
    run.cancel(reason)
  }

  func dropCut(at position: UInt64) {
    pausedAt = nil
    estimateMissingWords(cut)
    let over = cut
    cut = []
    for utterance in over {
      utterance.close(playedUntil: position, cut: true)
      owner?.speakerFinished(utterance)
    }
    playout.drop(at: position)
    updateLimit()
  }

  func drop(at position: UInt64) {
    dropCut(at: position)
    feed()
    settle()
    if queue.isEmpty { owner?.speakerFellSilent() }
  }
}
