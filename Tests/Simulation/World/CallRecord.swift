// Everything that is truly so about one call, gathered from both ends of it.

import Base
import Glibc
import Journal
import Vox

/// The truth about one call: what its caller said and heard, what its providers did, what the books say.
final class CallRecord {
  let id: String
  /// Counts from 1; the name of the call in reports.
  let number: Int
  let tenant: String
  var caller: SimulatedCaller?
  var works: [Work] = []
  var facts: [Entry] = []
  var keysSeen: Set<String> = []
  var isTransferring = false
  var silence = SilenceClock()
  /// Connections to voices that lead nowhere, and when the last one was given up.
  private var voicesAway = 0
  private var voiceAwayUntil = Instant(ns: 0)
  /// Levels of the agent's words as they were heard to their end.
  private(set) var heard: [Int16] = []
  /// The level of the word that is being heard, 0 until it is known; and how many of its samples were heard from its first one on.
  private var soundLevel: Int16 = 0
  private var soundCount = 0
  private(set) var isSoundingModelWord = false
  private var plans: [Int: Plan] = [:]
  private var planned: [Question: Int] = [:]
  /// From three figures on: long enough for the host to take a part of a word for the whole.
  private var nextWord = 101

  private struct Question: Hashable {
    let words: Int
    let keys: Int
    let results: Int
    let others: Int
  }

  init(id: String, number: Int, tenant: String) {
    self.id = id
    self.number = number
    self.tenant = tenant
  }

  // MARK: What is heard

  /// A stretch of the agent's voice was played. A word may come in parts; a word that begins again is another, and the rest of one
  /// whose beginning was not heard is none.
  func hears(_ sound: Sound, at world: World) {
    guard sound.level != Words.onset else {
      soundLevel = 0
      return soundCount = 1
    }
    isSoundingModelWord = Words.modelWord(sound.level) != nil
    world.witness.sounded(self, from: sound.from, until: sound.until)
    guard soundCount > 0, soundLevel == 0 || soundLevel == sound.level else { return soundCount = 0 }
    soundLevel = sound.level
    soundCount += sound.count
    guard soundCount >= Words.soundMs * Words.samplesPerMs else { return }
    soundCount = 0
    heard.append(sound.level)
    world.witness.heard(self, sound.level)
  }

  /// What is heard of the word from here on is not the word any more.
  func isCut() { soundCount = 0 }

  func callerSounds(at now: Instant, _ line: SimulatedLine?) {
    line?.settle()
    isSoundingModelWord = false
    line?.world.witness.callerSounds(self, at: now)
  }

  /// A connection to a voice turns out to lead nowhere, or is gone.
  func voice(isAway: Bool, at now: Instant) {
    voicesAway += isAway ? 1 : -1
    voiceAwayUntil = now
  }

  func wasVoiceAway(since: Instant) -> Bool { voicesAway > 0 || voiceAwayUntil >= since }

  func callerSounded(at now: Instant) { silence.callerSounded(at: now) }

  // MARK: What is answered

  /// The answer to the question that a request asks.
  func plan(for body: UnsafeBufferPointer<UInt8>, _ world: World) -> Plan {
    var words = 0
    Words.numbers(UInt8(ascii: "c"), in: body) { words = max(words, $0) }
    let question = Question(
      words: words, keys: body.count(of: "[dtmf"), results: body.count(of: "tool_result"), others: body.count(of: "[transfer"))
    if let known = planned[question].flatMap({ plans[$0] }) { return known }
    let plan = Plan(first: nextWord, mayAct: world.hasTools(tenant) && question.results < 12, &world.chance)
    planned[question] = plan.first
    plans[plan.first] = plan
    // A plan without words has a number all the same.
    nextWord = max(plan.last, plan.first) + 1
    return plan
  }

  func asked(_ plan: Plan, _ body: UnsafeBufferPointer<UInt8>, _ world: World) {
    var numbers: [Int] = []
    Words.numbers(UInt8(ascii: "c"), in: body) { numbers.append($0) }
    world.witness.asked(self, numbers)
  }

  /// The plan that a word of the model belongs to.
  func plan(of word: Int) -> Plan? {
    plans[word] ?? plans.values.first { $0.first <= word && word <= $0.last }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// How often an ASCII text occurs.
  func count(of text: StaticString) -> Int {
    let size = text.utf8CodeUnitCount
    var found = 0
    var from = 0
    while let i = index(of: text.utf8Start[0], from: from), i + size <= count, let start = baseAddress {
      if memcmp(start + i, text.utf8Start, size) == 0 { found += 1 }
      from = i + 1
    }
    return found
  }

  /// Where a byte comes next; as fast as the C library looks for it, because every request is searched.
  func index(of byte: UInt8, from: Int) -> Int? {
    guard from < count, let start = baseAddress, let found = memchr(start + from, Int32(byte), count - from) else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(start)
  }
}
