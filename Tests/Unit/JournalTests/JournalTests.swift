// The journal while all is well, and while the disk is not.

import Base
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct JournalTests {
  /// What was appended is read back in order with its times and subjects, also after the journal was closed and opened again.
  @Test func returnsWhatWasAppended() async throws {
    let folder = Folder()
    let clock = VirtualClock()
    let subject = Subject(call: Sample.calls(1)[0], tenant: "clinic", agent: "reception")
    for round in 0..<2 {
      let journal = try Journal(folder: folder.path, clock: clock)
      for fact in Sample.all {
        clock.move(to: clock.now.advanced(byMs: 20))
        journal.append(fact, about: subject)
      }
      #expect(try await journal.flush() == UInt64((round + 1) * Sample.all.count))
      try journal.close()
    }
    let entries = try folder.entries()
    #expect(entries.map(\.fact) == Sample.all + Sample.all)
    #expect(entries.map(\.sequence) == Array(1...UInt64(2 * Sample.all.count)))
    #expect(entries.allSatisfy { $0.subject == subject })
    #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.at < $1.at && $0.wallMs < $1.wallMs })
    #expect(folder.segments.count == 1)
  }

  /// Facts appended by eight threads at once are all on disk, each once, and each thread's in its own order.
  @Test func manyThreads() async throws {
    let folder = Folder()
    let journal = try Journal(folder: folder.path, clock: SystemClock())
    let acknowledged = Counter()
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<8 {
        group.addTask {
          for number in 0..<500 {
            journal.append(Sample.heard("\(number)", turn: thread), about: .host, onDurable: { acknowledged.add() })
          }
        }
      }
    }
    try journal.close()
    #expect(acknowledged.count == 4000)
    var next = [Int](repeating: 0, count: 8)
    for entry in try folder.entries() {
      guard case .heard(let fact) = entry.fact else { continue }
      #expect(fact.text == "\(next[fact.turn])")
      next[fact.turn] += 1
    }
    #expect(next == [Int](repeating: 500, count: 8))
  }

  /// A fact is acknowledged, and shown to live views, only when a reader of the folder finds it.
  @Test func acknowledgedMeansOnDisk() async throws {
    let folder = Folder()
    let seen = Mutex<[UInt64]>([])
    let journal = try Journal(folder: folder.path, clock: SystemClock()) { entries in seen.withLock { $0 += entries.map(\.sequence) } }
    for number in 1...20 {
      let found = await withCheckedContinuation { continuation in
        _ = journal.append(
          Sample.heard("\(number)"), about: .host, onDurable: { continuation.resume(returning: (try? folder.entries().count) ?? 0) })
      }
      #expect(found == number)
    }
    try journal.close()
    #expect(seen.withLock { $0 } == Array(1...20))
  }

  /// Segments are closed at their size, and reading crosses their borders without losing or doubling a fact.
  @Test func rotates() async throws {
    let folder = Folder()
    let journal = try Journal(folder: folder.path, clock: SystemClock(), disk: .real, segmentBytes: 20_000)
    for number in 0..<700 {
      journal.append(Sample.heard("fact", turn: number), about: .host)
      if number % 100 == 99 { try await journal.flush() }
    }
    try journal.close()
    #expect(folder.segments.count == 4)
    #expect(try folder.entries().map(\.sequence) == Array(1...700))
    let reader = try JournalReader(folder: folder.path, after: 690)
    var late: [UInt64] = []
    while let entry = try reader.nextEntry() { late.append(entry.sequence) }
    #expect(late == Array(691...700))
  }

  /// Two hosts cannot share a folder: the second is refused with a sentence that names the first, and may have it when that one ended.
  @Test func oneHostPerFolder() throws {
    let folder = Folder()
    let journal = try Journal(folder: folder.path, clock: SystemClock())
    let refusal = #expect(throws: Problem.self) { _ = try Journal(folder: folder.path, clock: SystemClock()) }
    #expect(refusal?.message.contains("in use by process \(getpid())") == true)
    #expect(refusal?.message.contains(folder.path) == true)
    try journal.close()
  }

  /// A journal's folder that cannot be made is a sentence naming it, not a trap.
  @Test func folderThatCannotBe() {
    let refusal = #expect(throws: Problem.self) { _ = try Journal(folder: "/proc/none/journal", clock: SystemClock()) }
    #expect(refusal?.message.contains("/proc/none") == true)
  }

  /// A full disk costs nothing: facts wait in their order, health says why in one sentence, and once there is room all are on disk once.
  @Test func fullDisk() async throws {
    let folder = Folder()
    let faults = FaultyDisk()
    let journal = try Journal(folder: folder.path, clock: SystemClock(), disk: faults.disk, longestRetryMs: 300)
    journal.append(Sample.heard("before"), about: .host)
    try await journal.flush()
    faults.writeError.withLock { $0 = ENOSPC }
    for number in 0..<50 { journal.append(Sample.heard("\(number)"), about: .host) }
    let refusal = await #expect(throws: Problem.self) { try await journal.flush() }
    #expect(refusal?.message.contains("No space left on device") == true)
    #expect(journal.health.durable == 1)
    #expect(journal.health.waiting == 50)
    #expect(journal.health.sentence.contains("free space on that disk"))
    #expect(try folder.entries().count == 1)
    faults.writeError.withLock { $0 = 0 }
    #expect(eventually { journal.health.durable == 51 })
    #expect(journal.health.problem == nil)
    try journal.close()
    #expect(try folder.entries().map(\.sequence) == Array(1...51))
  }

  /// A sync that fails is not trusted: the batch is written again as a whole and stands in the file once.
  @Test func failedSync() async throws {
    let folder = Folder()
    let faults = FaultyDisk()
    let journal = try Journal(folder: folder.path, clock: SystemClock(), disk: faults.disk, longestRetryMs: 300)
    faults.syncError.withLock { $0 = EIO }
    let acknowledged = Counter()
    journal.append(Sample.heard("once"), about: .host, onDurable: { acknowledged.add() })
    await #expect(throws: Problem.self) { try await journal.flush() }
    #expect(acknowledged.count == 0)
    faults.syncError.withLock { $0 = 0 }
    #expect(eventually { acknowledged.count == 1 })
    try journal.close()
    #expect(try folder.entries().count == 1)
  }

  /// Facts beyond what memory may hold are refused and counted, the host is asked to take no calls long before,
  /// and the count becomes a fact when the disk is back.
  @Test func memoryIsBounded() async throws {
    let folder = Folder()
    let faults = FaultyDisk()
    let journal = try Journal(folder: folder.path, clock: SystemClock(), disk: faults.disk, longestRetryMs: 300)
    faults.writeError.withLock { $0 = ENOSPC }
    let text = String(repeating: "x", count: 1 << 16)
    var taken = 0
    var takenBeforePressure: Int?
    while journal.append(Sample.heard(text), about: .host, onDurable: nil) != nil {
      taken += 1
      if takenBeforePressure == nil, journal.isPressed { takenBeforePressure = taken }
    }
    #expect(taken == Limits.waitingBytes / (text.utf8.count + Limits.factBytes))
    #expect(try #require(takenBeforePressure) < taken / 3)
    #expect(journal.health.refused == 1)
    faults.writeError.withLock { $0 = 0 }
    #expect(eventually { journal.health.waiting == 0 && journal.health.durable == UInt64(taken) + 1 })
    #expect(!journal.isPressed)
    try journal.close()
    guard case .factsLost(let lost) = try folder.entries().last?.fact else {
      Issue.record("the loss was not told")
      return
    }
    #expect(lost.count == 1)
  }

  /// A fact too long for a record is told as lost in its place; the facts around it are kept.
  @Test func tooLong() async throws {
    let folder = Folder()
    let journal = try Journal(folder: folder.path, clock: SystemClock())
    for text in ["before", String(repeating: "x", count: Limits.recordBytes), "after"] { journal.append(Sample.heard(text), about: .host) }
    try journal.close()
    #expect(try folder.entries().map(\.fact.kind) == [.heard, .factsLost, .heard])
  }

  /// The journal in memory keeps what it was given, in order and stamped.
  @Test func inMemory() {
    let clock = VirtualClock()
    let journal = MemoryJournal(clock: clock)
    for fact in Sample.all { journal.append(fact, about: Subject(tenant: "t")) }
    #expect(journal.entries.map(\.fact) == Sample.all)
    #expect(journal.entries.map(\.sequence) == Array(1...UInt64(Sample.all.count)))
    #expect(journal.entries.first?.at == clock.now && !journal.isPressed)
  }

  /// Closing with a disk that never comes back ends in bounded time with a sentence that says how much is lost.
  @Test func closingWithoutDisk() throws {
    let folder = Folder()
    let faults = FaultyDisk()
    let journal = try Journal(folder: folder.path, clock: SystemClock(), disk: faults.disk, longestRetryMs: 300)
    faults.writeError.withLock { $0 = ENOSPC }
    journal.append(Sample.heard("never"), about: .host)
    let problem = #expect(throws: Problem.self) { try journal.close() }
    #expect(problem?.message.contains("1 facts unwritten") == true)
    #expect(journal.append(Sample.heard("too late"), about: .host, onDurable: nil) == nil)
  }
}
