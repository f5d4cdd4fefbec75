// Every bound of the journal, each with its reason.

enum Limits {
  /// A segment is closed beyond this. At about 70 kB of facts per five-minute call it holds some 200 calls, so that listing the
  /// newest calls reads one or two files and a damaged file costs little.
  static let segmentBytes = 16 << 20
  /// A record longer than this is not one of ours: a provider's event is at most 64 KiB, and JSON escapes at worst times six.
  static let recordBytes = 1 << 20
  /// How long the writer gathers facts before it commits them together: at most 100 syncs a second, and an acknowledgement is
  /// never later than this plus one sync.
  static let gatherMs = 10
  /// Facts encoded and written in one go, so that a backlog does not double its memory.
  static let batchFacts = 4096
  /// Waiting facts beyond this raise the pressure flag: no new calls, live ones go on.
  static let pressureBytes = 16 << 20
  /// Waiting facts beyond this are refused and counted. With pressure raised at a quarter of it, live calls alone
  /// need about half an hour at 250 calls to fill it.
  static let waitingBytes = 64 << 20
  /// What one waiting fact weighs beside its texts.
  static let factBytes = 512
  /// First and longest pause between two tries to write to a disk that refuses.
  static let retryMs = 250
  static let longestRetryMs = 5000
  /// How much of a segment is read at once.
  static let readBytes = 256 << 10
  /// How far the wall clock may have jumped between the making of a call's id and its first fact.
  static let wallSlackMs: UInt64 = 60_000
}
