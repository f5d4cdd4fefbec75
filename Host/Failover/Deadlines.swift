// How long the host waits for an attempt before it goes on without it.

/// The host's own deadlines for one provider, in milliseconds. A plugin neither knows nor keeps them.
public struct Deadlines: Equatable, Sendable {
  /// From the start of the attempt until the provider is ready for the work; 0 passes at once where a session stands open.
  public var connectMs: Int
  /// From then until its first useful output: a token, a sample, a result.
  public var firstOutputMs: Int
  /// Between two outputs, as long as the host is ready to take them. For recognisers: from the caller's onset to any message.
  public var stallMs: Int

  public init(connectMs: Int, firstOutputMs: Int, stallMs: Int) {
    self.connectMs = connectMs
    self.firstOutputMs = firstOutputMs
    self.stallMs = stallMs
  }
}
