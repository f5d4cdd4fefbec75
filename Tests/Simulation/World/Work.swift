// One piece of work at a simulated vendor, and what really became of it.

import Base
import PluginABI
import Vox

/// The truth about an op, for comparison with what the books say.
final class Work {
  enum End { case completed, failed, withdrawn }

  let op: vox_handle
  let role: Role
  let provider: String
  let kind: UInt16
  let startedAt: Instant
  /// Samples of sound it has given.
  var samples: UInt64 = 0
  /// The host has told it to stop.
  var isCancelled = false
  var ignoresCancel = false
  private(set) var end: End?
  private(set) var endedAt: Instant?
  /// When the host took its first output.
  private(set) var firstOutputAt: Instant?
  /// What it is about, for those that may be done by two at once.
  var subject = ""
  /// The books have it.
  var isRecorded = false

  init(op: vox_handle, role: Role, provider: String, kind: UInt16, startedAt: Instant) {
    self.op = op
    self.role = role
    self.provider = provider
    self.kind = kind
    self.startedAt = startedAt
  }

  var isOver: Bool { end != nil }

  func note(_ status: vox_status, at now: Instant) {
    if status == vox_status(VOX_OK), firstOutputAt == nil { firstOutputAt = now }
  }

  func end(_ end: End, at now: Instant) {
    guard self.end == nil else { return }
    self.end = end
    endedAt = now
  }
}
