// Replays the journal: every fact in order across its segments, past damage, and on into what a live host is still writing.

public import Base
import FoundationEssentials

/// A cursor over a journal's facts. Needs no lock and changes nothing, so it may read beside a running host. Not thread-safe.
///
/// `next` answers nil at the present end; called again later it goes on with what was written since. An unfinished record at the
/// end is not an error: it was never acknowledged, or is just being written.
public final class JournalReader {
  /// A fact as it was found.
  public struct Record {
    let head: EntryJSON.Head
    let payload: [UInt8]

    public var sequence: UInt64 { head.sequence }
    public var wallMs: UInt64 { head.wallMs }
    public var at: Instant { head.at }
    public var subject: Subject { head.subject }
    /// Nil for a kind that only a newer host knows.
    public var kind: Fact.Kind? { Fact.Kind(rawValue: head.kind) }
  }

  public enum Item {
    case record(Record)
    case damage(Damage)
  }

  private let folder: JournalFolder
  private let follows: Bool
  private let decoder = EntryJSON.makeDecoder()
  private var segments: ArraySlice<JournalFolder.Segment>
  private var current: SegmentReader?
  private var last: UInt64
  /// A record that waits behind the report of the gap before it.
  private var held: Record?
  /// False until the first record, and again behind damage: then a gap is no news.
  private var expectsSuccessor = false

  /// - Parameters:
  ///   - folder: the journal's folder; one that does not exist is an empty journal.
  ///   - sequence: the last fact already known; reading begins behind it.
  public convenience init(folder path: String, after sequence: UInt64 = 0) throws(Problem) {
    let folder = JournalFolder(path: path)
    let segments = try folder.segments()
    let start = segments.lastIndex { $0.first - 1 <= sequence } ?? segments.startIndex
    self.init(folder, segments[start...], after: sequence, follows: true)
  }

  /// Reads `segments`, and those that come to stand behind them when it `follows`.
  init(_ folder: JournalFolder, _ segments: ArraySlice<JournalFolder.Segment>, after sequence: UInt64 = 0, follows: Bool) {
    self.folder = folder
    self.segments = segments
    self.follows = follows
    last = sequence
  }

  /// The next fact or damage; nil when there is no more at present.
  public func next() throws(Problem) -> Item? {
    if let record = held {
      held = nil
      return .record(record)
    }
    while let reader = try segment() {
      switch reader.next() {
      case .record(let payload):
        // A batch that was written twice because its sync failed appears once.
        guard let head = EntryJSON.head(of: payload), head.sequence > last else { continue }
        return found(Record(head: head, payload: payload), in: reader)
      case .end:
        if try !advance(from: reader) { return nil }
      case .broken:
        guard let item = try step(over: reader) else { return nil }
        return item
      }
    }
    return nil
  }

  /// The whole entry of a record.
  /// - Throws: when the kind is unknown or a member is missing: the journal was written by another version of the host.
  public func entry(_ record: Record) throws(Problem) -> Entry {
    guard let kind = record.kind else {
      throw Problem(
        .invalid, code: "unknown_fact", "fact \(record.sequence) is of the kind '\(record.head.kind)', which only a newer host knows")
    }
    do {
      let fact = try Fact(kind, json: Data(record.payload[record.head.payload]), by: decoder)
      return Entry(sequence: record.sequence, wallMs: record.wallMs, at: record.at, subject: record.subject, fact: fact)
    } catch {
      throw Problem(.invalid, code: "unreadable_fact", "fact \(record.sequence) of the kind '\(record.head.kind)' cannot be read: \(error)")
    }
  }

  /// The next whole entry, passing over damage and over facts this version cannot read.
  public func nextEntry() throws(Problem) -> Entry? {
    while let item = try next() {
      if case .record(let record) = item, let entry = try? entry(record) { return entry }
    }
    return nil
  }

  private func found(_ record: Record, in reader: SegmentReader) -> Item {
    let missing = record.sequence - last - 1
    defer {
      last = record.sequence
      expectsSuccessor = true
    }
    guard expectsSuccessor, missing > 0 else { return .record(record) }
    held = record
    let what = "facts \(last + 1) to \(record.sequence - 1) are missing before this place"
    return .damage(Damage(file: reader.segment.path, offset: reader.offset, bytes: 0, what: what))
  }

  private func segment() throws(Problem) -> SegmentReader? {
    if let current { return current }
    if let first = try newer(than: nil) { try open(first) }
    return current
  }

  /// The segment behind this one, if there is one yet.
  private func newer(than reader: SegmentReader?) throws(Problem) -> JournalFolder.Segment? {
    if segments.isEmpty, follows {
      segments = try folder.segments().filter { $0.first > (reader?.segment.first ?? 0) }[...]
    }
    return segments.first
  }

  private func open(_ segment: JournalFolder.Segment) throws(Problem) {
    current = try SegmentReader(segment)
    segments = segments.drop { $0.first <= segment.first }
  }

  /// Moves to the next segment; false when there is none yet.
  private func advance(from reader: SegmentReader) throws(Problem) -> Bool {
    guard let newer = try newer(than: reader) else { return false }
    // The writer may have added to the old segment between our last look and the birth of the new one.
    reader.refresh()
    if case .end = reader.peek() { try open(newer) }
    return true
  }

  /// Something that is no record stands here: a write in progress, or damage. Nil means: come again later.
  private func step(over reader: SegmentReader) throws(Problem) -> Item? {
    let newer = try newer(than: reader)
    reader.refresh()
    if case .record = reader.peek() { return try next() }
    let at = reader.offset
    let skipped = reader.resynchronise()
    if skipped == nil {
      guard let newer else {
        reader.refresh()
        return nil
      }
      try open(newer)
    }
    expectsSuccessor = false
    return .damage(Damage(file: reader.segment.path, offset: at, bytes: skipped, what: "the checksum does not match"))
  }
}
