// What a closed-domain recogniser needs to understand a flow's callers.

/// The words, their pronunciations, the language model and the grammars of one flow.
///
/// The same flow, dictionary and seed give the same bytes.
public struct Vocabulary: Sendable {
  /// The content by file name: `domain.dict`, `domain.lm`, `keyterms.txt` and one `<grammar>.gram` per kind of answer.
  public let files: [String: String]
  /// Words and phrases that an open recogniser should favour: names and listed values.
  public let keyterms: [String]
  /// Words without a pronunciation, each with its line; phrases that hold one are left out.
  public let problems: [FlowProblem]
  /// The number of sentences behind the language model.
  public let sentences: Int
  /// The number of different words.
  public let words: Int

  /// - Parameters:
  ///   - flow: the conversation.
  ///   - dictionary: the bytes of a pronouncing dictionary in CMU format.
  ///   - seed: chooses the sample sentences.
  public init(_ flow: Flow, dictionary: [UInt8], seed: UInt64 = 1) {
    let samples = Samples(flow, seed: seed).sentences
    let origin = Vocabulary.origins(flow)
    var entries = Pronunciation.entries(for: Set(samples.joined()).union(origin.keys).union(Vocabulary.grammarWords), in: dictionary)
    for (word, given) in flow.pronunciations { entries[word] = ["\(word) \(given.phones)"] }

    let missing = Set(samples.joined()).union(origin.keys).subtracting(entries.keys)
    problems = missing.sorted().map { word in
      FlowProblem(
        file: flow.file, line: origin[word],
        text:
          "The word \"\(word)\" is not in the pronouncing dictionary, so callers cannot be heard saying it; give its phones under \"pronunciations\"."
      )
    }
    let known = samples.filter { $0.allSatisfy { entries[$0] != nil } }
    keyterms = Vocabulary.keyterms(flow)
    var files = [
      "domain.dict": entries.sorted { $0.key < $1.key }.flatMap(\.value).joined(separator: "\n") + "\n",
      "domain.lm": Trigrams(known).arpa(),
      "keyterms.txt": keyterms.joined(separator: "\n") + "\n",
    ]
    for grammar in Vocabulary.grammars(flow, isKnown: { entries[$0] != nil }) { files[grammar.id + ".gram"] = grammar.text }
    self.files = files
    sentences = known.count
    words = entries.count
  }

  /// The name of this content: 64-bit FNV-1a over names and contents. It tells versions apart; it is no protection.
  public var id: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      for byte in [Array(name.utf8), [0], Array(text.utf8), [0]].joined() { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    let hex = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - hex.count) + hex
  }

  /// Where the flow's own words stand, first mention first.
  private static func origins(_ flow: Flow) -> [String: Int] {
    var lines: [String: Int] = [:]
    func note(_ text: String, _ line: Int) {
      for word in Words.spoken(text) where lines[word] == nil { lines[word] = line }
    }
    func note(_ part: Pattern.Part, _ line: Int) {
      switch part {
      case .word(let word): note(word, line)
      case .slot: break
      case .all(let parts), .any(let parts): parts.forEach { note($0, line) }
      }
    }
    for intent in flow.intents {
      intent.say.forEach { note($0.root, $0.line) }
      for slot in intent.slots {
        note(slot.label, slot.line)
        slot.choices?.forEach { choice in choice.phrases.forEach { note($0, choice.line) } }
      }
    }
    flow.emergency?.say.forEach { note($0.root, $0.line) }
    flow.answers.forEach { answer in answer.questions.forEach { note($0, answer.line) } }
    return lines
  }

  private static let kinds: [Slot.Kind] = [.yesNo, .date(weekdays: []), .time(from: .first, to: .last)]

  /// The words of the fixed grammars, which samples need not all contain.
  private static let grammarWords: Set<String> = {
    let texts = (kinds + [.digits(1)]).compactMap { Grammar.of($0, id: "x", escapes: []) }.flatMap {
      $0.text.split(separator: "\n").dropFirst(2)
    }
    let bodies = texts.compactMap { $0.split(separator: "=", maxSplits: 1).last }
    return Set(
      bodies.joined(separator: " ").split(whereSeparator: { " |()[];".contains($0) }).map(String.init)
        .filter { !$0.hasPrefix("<") && !$0.hasPrefix("/") })
  }()

  private static func grammars(_ flow: Flow, isKnown: (String) -> Bool) -> [Grammar] {
    let always = flow.intents.filter { $0.action == .transfer }.flatMap(\.say) + (flow.emergency?.say ?? [])
    var seen: Set<String> = []
    let escapes = always.compactMap(Grammar.shortest).filter { phrase in
      phrase.split(separator: " ").allSatisfy { isKnown(String($0)) } && seen.insert(phrase).inserted
    }
    var grammars: [String: Grammar] = ["yes_no": Grammar.of(.yesNo, id: "yes_no", escapes: escapes)].compactMapValues { $0 }
    for intent in flow.intents {
      for slot in intent.slots {
        guard let id = slot.expectation(of: intent.name).grammar, grammars[id] == nil else { continue }
        let kind = widest(slot.kind, in: flow)
        grammars[id] = Grammar.of(kind.speakable(isKnown), id: id, escapes: escapes)
      }
    }
    return grammars.values.sorted { $0.id < $1.id }
  }

  /// All slots for a time share one grammar: it covers the hours of all of them.
  private static func widest(_ kind: Slot.Kind, in flow: Flow) -> Slot.Kind {
    guard case .time = kind else { return kind }
    let limits = flow.intents.flatMap(\.slots).flatMap { slot -> [CivilTime] in
      if case .time(let from, let to) = slot.kind { [from, to] } else { [] }
    }
    return .time(from: limits.min() ?? .first, to: limits.max() ?? .last)
  }

  private static func keyterms(_ flow: Flow) -> [String] {
    var seen: Set<String> = []
    let terms =
      [flow.agent] + flow.intents.flatMap(\.slots).flatMap { $0.choices ?? [] }.flatMap(\.phrases) + flow.pronunciations.keys.sorted()
    return terms.filter { seen.insert($0.lowercased()).inserted }
  }
}

extension Slot.Kind {
  /// The kind without the phrases that hold a word nobody can pronounce.
  fileprivate func speakable(_ isKnown: (String) -> Bool) -> Slot.Kind {
    func kept(_ list: [Slot.Choice]) -> [Slot.Choice] {
      list.map { choice in
        Slot.Choice(value: choice.value, phrases: choice.phrases.filter { Words.spoken($0).allSatisfy(isKnown) }, line: choice.line)
      }.filter { !$0.phrases.isEmpty }
    }
    switch self {
    case .name(let list): return .name(kept(list))
    case .choice(let list): return .choice(kept(list))
    default: return self
    }
  }
}
