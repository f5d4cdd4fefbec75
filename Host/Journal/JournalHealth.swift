// How the journal is doing, for health checks and people.

public import Base

/// A snapshot of the journal's state.
public struct JournalHealth: Equatable, Sendable {
  /// The last fact that is on disk.
  public var durable: UInt64
  /// The last fact that was taken.
  public var taken: UInt64
  /// Facts that wait for the disk.
  public var waiting: Int { Int(taken - min(durable, taken)) }
  /// The host should take no further calls.
  public var isPressed: Bool
  /// Facts refused since the journal was opened, because memory could not bridge the disk's absence.
  public var refused: UInt64
  /// Why nothing can be written at present; nil while all is well.
  public var problem: Problem?

  /// One sentence for a person.
  public var sentence: String {
    guard let problem else { return "The journal writes; \(waiting) facts wait." }
    let lost = refused == 0 ? "none is lost" : "\(refused) were refused because memory is full"
    return "The journal \(problem.message). \(waiting) facts wait in memory, \(lost); it tries again every few seconds."
  }
}
