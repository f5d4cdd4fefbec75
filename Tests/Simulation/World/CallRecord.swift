// Everything that is truly so about one call, gathered from both ends of it.

import Base
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
  /// Levels of the agent's words as they were heard to their end.
  private(set) var heard: [Int16] = []
  /// The level of the sound that is being heard.
  private var soundLevel: Int16 = 0
  private var soundCount = 0
  private var soundUntil = Instant(ns: 0)
  /// How often voices have begun with each level since it was heard to its end.
  private var begun: [Int16: Int] = [:]
  private(set) var isSoundingModelWord = false
  private var plans: [Int: Plan] = [:]
  private var planned: [Question: Int] = [:]
  private var nextWord = 1

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

  /// A stretch of the agent's voice was played. A word may come in parts; a word that begins again is another.
  func hears(_ sound: Sound, at world: World) {
    isSoundingModelWord = Words.modelWord(sound.level) != nil
    world.witness.sounded(self, from: sound.from, until: sound.until)
    let whole = Words.soundMs * Words.samplesPerMs
    var before = soundCount
    // After a gap it is the rest of a word that came late, or the word once more, if somebody has begun with it once more.
    let isAgain = sound.from > soundUntil && begun[sound.level, default: 0] > 1
    soundUntil = sound.until
    if !isAgain, sound.level == soundLevel, soundCount < whole, soundCount + sound.count <= whole {
      soundCount += sound.count
    } else {
      soundLevel = sound.level
      soundCount = sound.count
      before = 0
    }
    // A word that begins again without a pause is longer than a word.
    guard before < whole, soundCount >= whole else { return }
    heard.append(sound.level)
    begun[sound.level] = nil
    world.witness.heard(self, sound.level)
  }

  /// A voice begins with a word.
  func begins(_ level: Int16) { begun[level, default: 0] += 1 }

  /// What is heard of the word from here on is a word of its own.
  func isCut() {
    soundLevel = 0
    begun = [:]
  }

  func callerSounds(at now: Instant, _ line: SimulatedLine?) {
    line?.settle()
    isSoundingModelWord = false
    line?.world.witness.callerSounds(self, at: now)
  }

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
    guard count >= size else { return 0 }
    var found = 0
    let first = text.utf8Start[0]
    for i in 0...(count - size) where self[i] == first {
      var k = 1
      while k < size, self[i + k] == text.utf8Start[k] { k += 1 }
      if k == size { found += 1 }
    }
    return found
  }
}
