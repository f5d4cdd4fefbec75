// I5: one voice on the line.

/// The line plays one speech at a time.
final class OneSpeaker: Invariant {
  override var id: String { "I5" }
  override var sentence: String { "at most one speaker is on the line" }

  override func twoSpeakers(_ call: CallRecord) { report(call, "a speech began while another was running") }
}
