// What the journal finds when it opens its folder: where to go on writing, and what is damaged.

import Base

/// A stretch of the journal that cannot be read.
public struct Damage: Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// Where it begins, in bytes from the start of the file.
  public var offset: Int
  /// How long it is; nil when it reaches to the end of the file.
  public var bytes: Int?
  public var what: String

  public var description: String {
    let length = bytes.map { "\($0) bytes" } ?? "everything to the end of the file"
    return
      "\(file) is damaged at byte \(offset) (\(what)): \(length) skipped; the facts there are lost, restore the file from a copy if there is one"
  }
}

/// The state of a folder as a host finds it.
struct Opening {
  /// The last good fact; 0 in an empty journal.
  var sequence: UInt64 = 0
  /// The segment to go on with and how much of it is good; nil when a new one is due.
  var segment: (JournalFolder.Segment, bytes: Int)?
  /// Bytes of an unfinished last record, to be cut off. It was never acknowledged.
  var tornBytes = 0
  var damage: [Damage] = []

  /// Reads the last segment to its end. Older ones are not touched, so that opening does not grow with history.
  init(_ folder: JournalFolder) throws(Problem) {
    guard let last = try folder.segments().last else { return }
    sequence = last.first - 1
    let reader = try SegmentReader(last)
    if !reader.opensWell() {
      damage.append(Damage(file: last.path, offset: 0, bytes: Frame.magic.count, what: "not the start of a segment"))
    }
    while true {
      switch reader.next() {
      case .record(let payload):
        if let head = EntryJSON.head(of: payload) { sequence = max(sequence, head.sequence) }
      case .end:
        settle(last, reader)
        return
      case .broken:
        let at = reader.offset
        guard let skipped = reader.resynchronise() else {
          settle(last, reader)
          return
        }
        damage.append(Damage(file: last.path, offset: at, bytes: skipped, what: "the checksum does not match"))
      }
    }
  }

  /// A damaged segment is left as it is, as evidence and because a part may still be saved; writing goes on in a new one.
  private mutating func settle(_ last: JournalFolder.Segment, _ reader: SegmentReader) {
    tornBytes = max(0, reader.size - reader.offset)
    if damage.isEmpty { segment = (last, reader.offset) }
  }
}
