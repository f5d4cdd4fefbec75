// The journal after a crash, and with damage in its files.

import Base
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct DamageTests {
  /// Writes `count` facts and answers the segment's bytes and where each record begins.
  private func written(_ count: Int, to folder: Folder) async throws -> (bytes: [UInt8], starts: [Int]) {
    let journal = try Journal(folder: folder.path, clock: VirtualClock())
    for number in 0..<count { journal.append(Sample.heard("fact \(number)"), about: .host) }
    try await journal.flush()
    try journal.close()
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: folder.segments[0])))
    var starts: [Int] = []
    var at = Frame.magic.count
    while at < bytes.count, case .record(let length) = bytes[at...].withUnsafeBytes(Frame.parse) {
      starts.append(at)
      at += Frame.headBytes + length
    }
    #expect(starts.count == count)
    return (bytes, starts)
  }

  private func put(_ bytes: some Sequence<UInt8>, in file: String) throws { try Data(bytes).write(to: URL(filePath: file)) }

  /// Wherever a crash cuts the last record, the facts before it are read, the next host cuts the rest off and goes on behind it.
  @Test func tornTail() async throws {
    let folder = Folder()
    let (bytes, starts) = try await written(4, to: folder)
    for cut in starts[3]..<bytes.count {
      try put(bytes[..<cut], in: folder.segments[0])
      #expect(try folder.entries().map(\.sequence) == [1, 2, 3])
      let journal = try Journal(folder: folder.path, clock: VirtualClock())
      #expect(journal.tornBytes == cut - starts[3])
      #expect(journal.damage.isEmpty)
      journal.append(Sample.heard("after"), about: .host)
      try journal.close()
      #expect(try folder.entries().map(\.sequence) == [1, 2, 3, 4])
    }
  }

  /// A file cut inside its first bytes, or empty, is an empty journal.
  @Test func tornHead() async throws {
    let folder = Folder()
    let (bytes, starts) = try await written(1, to: folder)
    for cut in 0..<starts[0] {
      try put(bytes[..<cut], in: folder.segments[0])
      let journal = try Journal(folder: folder.path, clock: VirtualClock())
      journal.append(Sample.heard("first"), about: .host)
      try journal.close()
      #expect(try folder.entries().map(\.sequence) == [1])
    }
  }

  /// Any changed byte of a middle record is reported with file and offset; every other fact is read; and a host that opens the
  /// journal goes on in a new file, leaving the damaged one as it is.
  @Test func damagedMiddle() async throws {
    let folder = Folder()
    let (bytes, starts) = try await written(5, to: folder)
    let file = folder.segments[0]
    for at in starts[2]..<starts[3] {
      var changed = bytes
      changed[at] ^= 0x40
      try put(changed, in: file)
      let reader = try JournalReader(folder: folder.path)
      var sequences: [UInt64] = []
      var damage: [Damage] = []
      while let item = try reader.next() {
        switch item {
        case .record(let record): sequences.append(record.sequence)
        case .damage(let found): damage.append(found)
        }
      }
      #expect(sequences == [1, 2, 4, 5])
      #expect(damage.count == 1)
      #expect(damage.first?.file == file)
      #expect(damage.first?.offset == starts[2])
      #expect(damage.first?.bytes == starts[3] - starts[2])
    }
    let journal = try Journal(folder: folder.path, clock: VirtualClock())
    #expect(journal.damage.count == 1)
    journal.append(Sample.heard("after"), about: .host)
    try journal.close()
    #expect(folder.segments.count == 2)
    #expect(try folder.entries().map(\.sequence) == [1, 2, 4, 5, 6])
  }

  /// Damage that reaches to the end of a closed segment is reported, and reading goes on with the next segment.
  @Test func damagedEndOfClosedSegment() async throws {
    let folder = Folder()
    let (bytes, starts) = try await written(3, to: folder)
    let second = folder.path + "/00000000000000000004.facts"
    try put(Frame.magic, in: second)
    let journal = try Journal(folder: folder.path, clock: VirtualClock())
    journal.append(Sample.heard("fourth"), about: .host)
    try journal.close()
    var changed = bytes
    changed[starts[2] + 20] ^= 1
    try put(changed, in: folder.segments[0])
    let reader = try JournalReader(folder: folder.path)
    var sequences: [UInt64] = []
    var damage: [Damage] = []
    while let item = try reader.next() {
      switch item {
      case .record(let record): sequences.append(record.sequence)
      case .damage(let found): damage.append(found)
      }
    }
    #expect(sequences == [1, 2, 4])
    #expect(damage.map(\.offset) == [starts[2]])
    #expect(damage.first?.description.contains("everything to the end of the file") == true)
  }

  /// A segment that was removed is told as missing facts, not passed over in silence.
  @Test func missingSegment() async throws {
    let folder = Folder()
    _ = try await written(2, to: folder)
    try put(Frame.magic, in: folder.path + "/00000000000000000009.facts")
    let journal = try Journal(folder: folder.path, clock: VirtualClock())
    journal.append(Sample.heard("ninth"), about: .host)
    try journal.close()
    let reader = try JournalReader(folder: folder.path)
    var told: [String] = []
    while let item = try reader.next() {
      if case .damage(let damage) = item { told.append(damage.what) }
    }
    #expect(told == ["facts 3 to 8 are missing before this place"])
  }

  /// However a file is cut, changed or filled, reading and opening it never traps and never answers a fact that was not written.
  @Test(arguments: 0..<8) func anyDamage(seed: UInt64) async throws {
    let folder = Folder()
    let (bytes, _) = try await written(12, to: folder)
    let truth = try folder.entries()
    let file = folder.segments[0]
    var random = Random(seed: seed)
    for _ in 0..<60 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0..<changed.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: changed[at] = UInt8.random(in: 0...255, using: &random)
        case 1: changed.removeLast(min(changed.count - 1, Int.random(in: 0..<80, using: &random)))
        case 2: changed.replaceSubrange(at..<min(changed.count, at + 32), with: repeatElement(0, count: min(32, changed.count - at)))
        default: changed.insert(contentsOf: bytes[..<Int.random(in: 0..<bytes.count, using: &random)], at: at)
        }
      }
      try put(changed, in: file)
      #expect(try folder.entries().allSatisfy { truth.contains($0) })
      _ = try Opening(JournalFolder(path: folder.path))
    }
  }

  /// A reader beside a running host gets each fact once as it comes, over the border of a segment too.
  @Test func follows() async throws {
    let folder = Folder()
    let journal = try Journal(folder: folder.path, clock: SystemClock(), disk: .real, segmentBytes: 40_000)
    let reader = try JournalReader(folder: folder.path)
    var seen: [UInt64] = []
    for round in 0..<5 {
      for _ in 0..<100 { journal.append(Sample.heard("fact"), about: .host) }
      try await journal.flush()
      while let entry = try reader.nextEntry() { seen.append(entry.sequence) }
      #expect(seen.count == (round + 1) * 100)
    }
    try journal.close()
    #expect(seen == Array(1...500))
    #expect(folder.segments.count == 2)
  }

  /// A fact of a kind that only a newer host knows, and one with a member missing, are told by a sentence; the facts around them are read.
  @Test func newerFacts() throws {
    let folder = Folder()
    var bytes = Frame.magic
    for (number, tail) in [#""heard","fact":{}}"#, #""dreamt","fact":{"of":"sheep"}}"#, #""speechEnded","fact":{"atMs":1}}"#].enumerated() {
      Frame.append(to: &bytes) { $0 += Array("{\"seq\":\(number + 1),\"wall\":1,\"mono\":1,\"kind\":\(tail)".utf8) }
    }
    try put(bytes, in: folder.path + "/00000000000000000001.facts")
    let reader = try JournalReader(folder: folder.path)
    var told: [String] = []
    while case .record(let record)? = try reader.next() {
      do throws(Problem) { told.append("\(try reader.entry(record).fact.kind)") } catch { told.append(error.code) }
    }
    #expect(told == ["unreadable_fact", "unknown_fact", "speechEnded"])
    #expect(try folder.entries().count == 1)
  }

  /// A host killed with SIGKILL in the middle of its work loses no fact that it had acknowledged, and the next one goes on.
  @Test func killed() async throws {
    let folder = Folder()
    let writer = Process()
    writer.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "journal-writer")
    writer.arguments = [folder.path, "3000"]
    try writer.run()
    writer.waitUntilExit()
    #expect(writer.terminationReason == .uncaughtSignal && writer.terminationStatus == SIGKILL)
    let acknowledged = try Data(contentsOf: URL(filePath: folder.path + "/acknowledged")).count
    #expect(acknowledged >= 3000)
    let journal = try Journal(folder: folder.path, clock: SystemClock())
    #expect(journal.damage.isEmpty)
    #expect(journal.health.durable >= UInt64(acknowledged))
    journal.append(Sample.heard("after"), about: .host)
    try journal.close()
    let entries = try folder.entries()
    #expect(entries.map(\.sequence) == Array(1...UInt64(entries.count)))
  }
}
