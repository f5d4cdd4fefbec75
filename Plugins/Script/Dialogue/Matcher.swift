// Which intent a sentence means: every pattern is tried, the best cover wins.

/// The compiled patterns and answers of a flow.
struct Matcher: Sendable {
  /// An intent that may be meant.
  struct Candidate: Sendable {
    /// The place of the intent in the flow.
    let intent: Int
    let score: Double
    /// Weight of the words shared; of two equal scores the one with more to show wins.
    let shared: Double
    /// The part of it that is words, not values.
    let words: Double
    let slots: [String: Found]
  }

  private let flow: Flow
  private let intents: [[Automaton]]
  private let emergency: [Automaton]
  let answers: AnswerIndex

  init(_ flow: Flow) {
    self.flow = flow
    intents = flow.intents.map { $0.say.map { Automaton($0.root) } }
    emergency = flow.emergency?.say.map { Automaton($0.root) } ?? []
    answers = AnswerIndex(flow.answers)
  }

  /// From here on an intent counts as understood.
  static let sure = 0.75
  /// From here on it is worth a question ("Did you want to ...?").
  static let perhaps = 0.6
  /// Two intents nearer than this are a tie.
  static let tie = 0.03

  /// The best candidate of each intent, best first; equal ones in the flow's order.
  func candidates(_ tokens: [String], today: CivilDate) -> [Candidate] {
    var all: [Candidate] = []
    for (index, automata) in intents.enumerated() {
      let intent = flow.intents[index]
      var cache: [String: [[Found]]] = [:]
      func values(_ name: String, _ position: Int) -> [Found] {
        if cache[name] == nil {
          cache[name] =
            intent.slot(name).map { slot in
              tokens.indices.map { SlotReader.read(slot, in: tokens, at: $0, today: today, bare: true) }
            } ?? []
        }
        let found = cache[name] ?? []
        return position < found.count ? found[position] : []
      }
      let best = automata.compactMap { $0.align(tokens, values: values) }
        .max { ($0.score, $0.shared) < ($1.score, $1.shared) }
      if let best, best.shared >= Weights.content || best.score >= 0.95 {
        all.append(Candidate(intent: index, score: best.score, shared: best.shared, words: best.words, slots: best.slots))
      }
    }
    return all.sorted { ($0.score, $0.shared, -$0.intent) > ($1.score, $1.shared, -$1.intent) }
  }

  /// Whether words of an emergency stand anywhere in the sentence.
  func isEmergency(_ tokens: [String]) -> Bool {
    emergency.contains { $0.isContained(in: tokens) }
  }

  /// Whether the caller asks for a person, in whatever words around it; a question that has an answer of its own
  /// ("are you a real person") does not.
  func wantsPerson(_ tokens: [String]) -> Bool {
    let automata = zip(flow.intents, intents).filter { $0.0.action == .transfer }.flatMap(\.1)
    guard automata.contains(where: { $0.isContained(in: tokens) }) else { return false }
    let score = automata.compactMap { $0.align(tokens, values: { _, _ in [] })?.score }.max() ?? 0
    return score >= (answers.answer(to: tokens)?.score ?? 0)
  }
}
