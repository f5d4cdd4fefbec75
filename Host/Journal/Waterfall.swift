// Where the time of a turn went: the host's own stamps, from the caller's last sound to the agent's first.

/// The latency marks of one turn, in call time (milliseconds since the call was answered). A mark that the turn did not reach is nil.
/// The spans between the marks add up to `e2eMs`.
public struct Waterfall: Codable, Equatable, Sendable {
  /// The last moment of the caller's speech, by the VAD.
  public var callerStoppedMs: Double
  /// The turn was decided to be over.
  public var endpointMs: Double?
  /// The recogniser's last final; before or after the endpoint.
  public var finalTranscriptMs: Double?
  /// The model's first token.
  public var firstTokenMs: Double?
  /// The first piece of text was handed to the voice.
  public var firstPieceMs: Double?
  /// The voice's first audio.
  public var firstAudioMs: Double?
  /// The first sample went to the line.
  public var firstSampleMs: Double?
  /// How long a finished frame waited for the line's fixed grid; 0 on lines without one.
  public var gridMs: Double
  /// The host's own share: everything that is neither a provider's time, nor endpointing, nor the grid.
  public var hostMs: Double

  /// From the caller's last sound to the agent's first, mouth to ear as far as the host sees it; nil when nothing was heard.
  public var e2eMs: Double? { firstSampleMs.map { $0 - callerStoppedMs } }

  public init(
    callerStoppedMs: Double, endpointMs: Double? = nil, finalTranscriptMs: Double? = nil, firstTokenMs: Double? = nil,
    firstPieceMs: Double? = nil, firstAudioMs: Double? = nil, firstSampleMs: Double? = nil, gridMs: Double = 0, hostMs: Double = 0
  ) {
    self.callerStoppedMs = callerStoppedMs
    self.endpointMs = endpointMs
    self.finalTranscriptMs = finalTranscriptMs
    self.firstTokenMs = firstTokenMs
    self.firstPieceMs = firstPieceMs
    self.firstAudioMs = firstAudioMs
    self.firstSampleMs = firstSampleMs
    self.gridMs = gridMs
    self.hostMs = hostMs
  }
}
