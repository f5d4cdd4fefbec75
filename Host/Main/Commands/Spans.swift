// The marks of a turn as the spans between them, which add up.

import Journal

/// How long each step of a turn took, milliseconds; nil for a step the turn did not reach. The steps follow each other, so that they
/// add up to `e2eMs`: a step that was over before the one ahead of it (a transcript before the endpoint) took nothing.
struct Spans: Equatable {
  /// End-of-utterance delay: from the caller's last sound to the decision that the turn is over.
  var eouMs: Double?
  /// How much later than that the final transcript came.
  var transcriptMs: Double?
  /// To the model's first token.
  var ttftMs: Double?
  /// From there to a piece that can be spoken.
  var pieceMs: Double?
  /// To the voice's first sound.
  var ttfbMs: Double?
  /// To the line, the grid of a fixed-grid line included.
  var lineMs: Double?
  /// The host's own share of all of it.
  var hostMs: Double?
  var e2eMs: Double?

  init(_ waterfall: Waterfall) {
    var reached = waterfall.callerStoppedMs
    func span(_ mark: Double?) -> Double? {
      guard let mark else { return nil }
      defer { reached = max(reached, mark) }
      return max(0, mark - reached)
    }
    eouMs = span(waterfall.endpointMs)
    transcriptMs = span(waterfall.finalTranscriptMs)
    ttftMs = span(waterfall.firstTokenMs)
    pieceMs = span(waterfall.firstPieceMs)
    ttfbMs = span(waterfall.firstAudioMs)
    lineMs = span(waterfall.firstSampleMs)
    e2eMs = waterfall.e2eMs
    hostMs = waterfall.e2eMs == nil ? nil : waterfall.hostMs
  }

  /// The steps in their order, with the names people know them by.
  var steps: [(name: String, ms: Double?)] {
    [
      ("eou delay", eouMs), ("transcript", transcriptMs), ("ttft", ttftMs), ("first piece", pieceMs), ("ttfb", ttfbMs),
      ("to the line", lineMs),
    ]
  }
}
