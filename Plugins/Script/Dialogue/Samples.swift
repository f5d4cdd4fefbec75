// Example sentences of everything a flow expects, for the language model.

/// Expands a flow's phrases into sentences, by seed.
struct Samples {
  private var random: SeededRandom
  private(set) var sentences: [[String]] = []

  /// About this many sentences are wanted in all.
  static let wanted = 3_000
  /// Each phrase is expanded so often that its slots are seen with many values, and no phrase drowns the others.
  static let perPhrase = 25...60

  init(_ flow: Flow, seed: UInt64) {
    random = SeededRandom(seed: seed)
    let patterns = flow.intents.flatMap { intent in intent.say.map { ($0, intent.slots) } } + (flow.emergency?.say.map { ($0, []) } ?? [])
    let commands = Command.allCases.flatMap(\.patterns).compactMap { try? Pattern($0, file: "", line: 0) }
    let questions = flow.answers.flatMap(\.questions)
    let slots = flow.intents.flatMap(\.slots)
    let phrases = patterns.count + questions.count + 3 * slots.count
    let each = min(max(Samples.wanted / max(1, phrases), Samples.perPhrase.lowerBound), Samples.perPhrase.upperBound)
    for (pattern, slots) in patterns {
      for _ in 0..<each { add(lead() + expand(pattern.root, slots)) }
    }
    for question in questions {
      for _ in 0..<each { add(lead(of: Samples.questionLeads) + Words.spoken(question)) }
    }
    for pattern in commands {
      for _ in 0..<Samples.perPhrase.lowerBound { add(expand(pattern.root, [])) }
    }
    for slot in slots { add(values: slot, count: each) }
    for answer in SlotPhrases.yes + SlotPhrases.no {
      for _ in 0..<Samples.perPhrase.lowerBound { add(Words.spoken(answer)) }
    }
    for key in Numbers.units.prefix(10) + ["press one", "press two", "uh", "um"] {
      for _ in 0..<8 { add(Words.spoken(key)) }
    }
  }

  private mutating func add(_ words: [String]) {
    if !words.isEmpty { sentences.append(words) }
  }

  /// A slot's values alone, politely wrapped, and as corrections; and the slot's name, for "what should I change".
  private mutating func add(values slot: Slot, count: Int) {
    for _ in 0..<count {
      add(SlotPhrases.sample(slot.kind, &random))
      let wraps =
        switch slot.kind {
        case .date: ["on", "for", "how about", "can i come in", "i'd like"]
        case .time: ["at", "around", "how about", "maybe", "at about"]
        case .digits: ["it's", "my number is", "the number is"]
        default: ["i'd like", "it's", "with"]
        }
      let value = SlotPhrases.sample(slot.kind, &random)
      if !value.isEmpty { add(Words.spoken(random.pick(wraps) ?? "") + value + (random.chance(25) ? ["please"] : [])) }
      let other = SlotPhrases.sample(slot.kind, &random)
      if !other.isEmpty, random.chance(50) {
        add(Words.spoken(random.pick(["no", "no i said", "actually", "make it", "no make it"]) ?? "no") + other)
      }
    }
    for value in SlotPhrases.plain(slot.kind) {
      for _ in 0..<3 { add(Words.spoken(value)) }
    }
    for _ in 0..<10 { add(Words.spoken(slot.label)) }
  }

  private static let questionLeads = ["hi", "hello", "can you tell me", "could you tell me", "i'd like to know", "um", "do you know"]

  /// Most sentences begin at once; some with a greeting or a hesitation.
  private mutating func lead(of leads: [String] = ["hi", "hello", "hi there", "um", "uh", "yes", "good morning", "yeah"]) -> [String] {
    random.chance(20) ? Words.spoken(random.pick(leads) ?? "") : []
  }

  private mutating func expand(_ part: Pattern.Part, _ slots: [Slot]) -> [String] {
    switch part {
    case .word(let word): Words.spoken(word)
    case .slot(let name): slots.first { $0.name == name }.map { SlotPhrases.sample($0.kind, &random) } ?? []
    case .all(let parts): parts.flatMap { expand($0, slots) }
    case .any(let options): random.pick(options).map { expand($0, slots) } ?? []
    }
  }
}
