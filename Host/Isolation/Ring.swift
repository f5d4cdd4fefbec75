// A bounded ring of records between two processes: one writer, one reader, and neither believes the other.

/// Where a ring lies, and the four words its two sides share.
struct Ring: Sendable {
  /// Bytes that its words take in the line of each side.
  static let controlBytes = 16
  /// {payload bytes 32, kind 32} in front of each record.
  static let headBytes = 8
  /// Beyond so many bytes an empty ring is begun anew: a frame that is taken at once is put where the last ones were, which are still in
  /// the cache, and most of a session's memory is never touched.
  static let roundBytes = 16 << 10

  let bytes: RingBytes
  /// How many bytes were ever written; its lowest bit, which no such number has, changes when the writer has begun anew. Set by the writer.
  let tail: SharedWord
  /// The writer was refused: it asks to be woken when there is room.
  let waiting: SharedWord
  /// How many bytes were ever read. Set by the reader.
  let head: SharedWord
  /// The reader wants no more sound and text for the moment. Set by the reader.
  let paused: SharedWord

  /// - Parameters:
  ///   - writer: where the writer has its words, 16 bytes.
  ///   - reader: where the reader has its own.
  init(writer: UnsafeMutableRawPointer, reader: UnsafeMutableRawPointer, bytes: RingBytes) {
    self.bytes = bytes
    tail = SharedWord(writer)
    waiting = SharedWord(writer + 8)
    head = SharedWord(reader)
    paused = SharedWord(reader + 8)
  }

  var capacity: Int { bytes.capacity }
  /// The longest payload of one record.
  var maxPayload: Int { capacity / 2 }

  /// Where in its memory a byte lies, in a ring that was begun anew with the byte `start`.
  @inline(__always)
  func offset(of byte: UInt64, from start: UInt64) -> Int { Int((byte &- start) & UInt64(capacity - 1)) }

  static func aligned(_ count: Int) -> Int { (count + 7) & ~7 }
}

/// The other side wrote what its runtime never writes.
struct RingBreach: Error, Equatable {
  let reason: String
}

/// The writing side. Its own position is kept here and never read back from shared memory.
struct RingWriter {
  enum Outcome: Equatable {
    case written
    /// No room, or the reader has paused: it will wake the writer.
    case full
    /// The reader's position is impossible.
    case broken
  }

  let ring: Ring
  private var tail: UInt64 = 0
  /// The byte with which the ring was begun anew, and how often that was, as far as one bit knows.
  private var start: UInt64 = 0
  private var round: UInt64 = 0

  init(_ ring: Ring) { self.ring = ring }

  /// Bytes ever written.
  var position: UInt64 { tail }

  /// Writes one record. The last quarter of the ring, and a paused reader's, are for urgent records.
  ///
  /// - Parameters:
  ///   - count: payload bytes, at most `ring.maxPayload`.
  ///   - fill: puts the payload in place; it is aligned to 8 bytes. Not called when the record is refused.
  @inline(__always)
  mutating func write(kind: UInt32, count: Int, urgent: Bool, _ fill: (UnsafeMutableRawPointer) -> Void) -> Outcome {
    let need = Ring.headBytes + Ring.aligned(count)
    var room = self.room(urgent: urgent)
    if let free = room, free < need {
      ring.waiting.settle(1)
      // Looked at once more after the flag is up: the reader either sees the flag or has made room that is seen here.
      room = self.room(urgent: urgent)
    }
    guard let room else { return .broken }
    guard room >= need else { return .full }
    if ring.offset(of: tail, from: start) >= Ring.roundBytes, ring.head.value == tail {
      // The reader, who has read everything, sees with the next record that the round has changed, and where: at its own position.
      start = tail
      round ^= 1
    }
    let place = ring.bytes.address + ring.offset(of: tail, from: start)
    fill(place + Ring.headBytes)
    SharedWord(place).note(UInt64(kind) << 32 | UInt64(UInt32(truncatingIfNeeded: count)))
    tail &+= UInt64(need)
    ring.tail.publish(tail | round)
    return .written
  }

  /// Bytes that are free; nil when the reader claims to have read more than was written.
  private func room(urgent: Bool) -> Int? {
    let used = tail &- ring.head.settled
    guard used <= UInt64(ring.capacity) else { return nil }
    if urgent { return ring.capacity - Int(used) }
    return ring.paused.settled != 0 ? 0 : ring.capacity / 4 * 3 - Int(used)
  }
}

/// The reading side. Every record is copied out once and looked at in the copy, since the writer may change shared memory at any time.
struct RingReader {
  struct Record {
    let kind: UInt32
    let count: Int
  }

  let ring: Ring
  private var head: UInt64 = 0
  private var start: UInt64 = 0
  private var round: UInt64 = 0

  init(_ ring: Ring) { self.ring = ring }

  var isEmpty: Bool { ring.tail.value & ~1 == head }
  /// Bytes ever read.
  var position: UInt64 { head }

  /// Copies the next record to `scratch`, which has `ring.maxPayload` bytes and is aligned to 8; nil when there is none.
  @inline(__always)
  mutating func next(into scratch: UnsafeMutableRawPointer) throws(RingBreach) -> Record? {
    let tail = ring.tail.value
    let available = (tail & ~1) &- head
    guard available > 0 else { return nil }
    if tail & 1 != round {
      round ^= 1
      start = head
    }
    guard available <= UInt64(ring.capacity), available >= UInt64(Ring.headBytes), available % 8 == 0, head % 8 == 0 else {
      throw RingBreach(reason: "it claims to have written \(available) bytes into a ring of \(ring.capacity)")
    }
    let place = ring.bytes.address + ring.offset(of: head, from: start)
    let first = SharedWord(place).glance
    let count = Int(UInt32(truncatingIfNeeded: first))
    guard count <= ring.maxPayload else {
      throw RingBreach(reason: "it wrote a record of \(count) bytes where at most \(ring.maxPayload) are allowed")
    }
    let whole = Ring.headBytes + Ring.aligned(count)
    guard UInt64(whole) <= available else {
      throw RingBreach(reason: "it wrote a record of \(count) bytes of which only \(available) are there")
    }
    scratch.copyMemory(from: place + Ring.headBytes, byteCount: count)
    head &+= UInt64(whole)
    ring.head.publish(head)
    return Record(kind: UInt32(truncatingIfNeeded: first >> 32), count: count)
  }

  /// True once when the writer waits and may go on now: it is to be woken.
  func takeWaiting() -> Bool {
    // The position that was just published must be out before the flag is looked at, or both sides could miss each other.
    ring.head.settle(head)
    guard ring.waiting.settled != 0, ring.paused.glance == 0 else { return false }
    let used = (ring.tail.value & ~1) &- head
    guard used <= UInt64(ring.capacity / 2) else { return false }
    return ring.waiting.exchange(0) != 0
  }

  func pause() { ring.paused.settle(1) }
  func unpause() { ring.paused.settle(0) }
}
