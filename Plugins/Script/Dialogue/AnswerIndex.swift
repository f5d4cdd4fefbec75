// Finds the operator's answer to a question by the words they share.

import Glibc

/// BM25 over the questions and answers of a flow (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; k1 1.2, b 0.75).
///
/// A score is divided by the best that the query could reach, so that a threshold means the same for any flow.
struct AnswerIndex: Sendable {
  struct Hit: Sendable, Equatable {
    /// The place of the answer in the flow.
    let answer: Int
    /// 0 to 1, about the share of the question's information that was found.
    let score: Double
  }

  private struct Document: Sendable {
    let answer: Int
    let counts: [String: Int]
    let length: Double
    /// The tokens of a question, without hesitation; nil for an answer's own text, which tells less about what it answers.
    let question: [String]?
    /// The information of all its words.
    var own = 0.0
  }

  private var documents: [Document]
  private let frequency: [String: Int]
  private let averageLength: Double
  private let count: Double

  init(_ answers: [Flow.Answer]) {
    var documents: [Document] = []
    for (index, entry) in answers.enumerated() {
      for question in entry.questions { documents.append(AnswerIndex.document(question, index, isQuestion: true)) }
      documents.append(AnswerIndex.document(entry.answer, index, isQuestion: false))
    }
    var frequency: [String: Int] = [:]
    for document in documents { for term in document.counts.keys { frequency[term, default: 0] += 1 } }
    self.frequency = frequency
    count = Double(documents.count)
    averageLength = max(1, documents.reduce(0) { $0 + $1.length } / Double(max(1, documents.count)))
    self.documents = []
    // In sorted order: a sum of floating-point numbers depends on it, and the same flow must give the same scores.
    self.documents = documents.map { document in
      var document = document
      document.own = document.counts.keys.sorted().reduce(0) { $0 + inverse($1) }
      return document
    }
  }

  /// The inverse document frequency of a stem: how much it tells.
  private func inverse(_ term: String) -> Double {
    let n = Double(frequency[term] ?? 0)
    return log((count - n + 0.5) / (n + 0.5) + 1)
  }

  private static func document(_ text: String, _ answer: Int, isQuestion: Bool) -> Document {
    let tokens = Words.tokens(text), terms = AnswerIndex.terms(tokens)
    return Document(
      answer: answer, counts: Dictionary(terms.map { ($0, 1) }, uniquingKeysWith: +), length: Double(terms.count),
      question: isQuestion ? AnswerIndex.plain(tokens) : nil)
  }

  /// The stems of the content words.
  static func terms(_ tokens: [String]) -> [String] {
    tokens.filter { Weights.weight($0) == Weights.content && !stop.contains($0) && Numbers.value($0) == nil }.map(Stem.key)
  }

  private static func plain(_ tokens: [String]) -> [String] { tokens.filter { !Weights.fillers.contains($0) } }

  /// The answers that share words with the question, best first.
  func search(_ tokens: [String]) -> [Hit] {
    let plain = AnswerIndex.plain(tokens)
    // "Where are you" has no word of weight, but it is the question itself.
    if let exact = documents.first(where: { $0.question == plain }) { return [Hit(answer: exact.answer, score: 1)] }
    let query = Set(AnswerIndex.terms(tokens)).sorted()
    guard !query.isEmpty, !documents.isEmpty else { return [] }
    let k1 = 1.2, b = 0.75
    let idf = query.map(inverse)
    // A term that stands once in a document of average length contributes its idf; that is taken as full marks.
    let full = idf.reduce(0, +)
    var best: [Int: Double] = [:]
    for document in documents {
      var score = 0.0, covered = 0.0
      for (term, weight) in zip(query, idf) {
        guard let n = document.counts[term] else { continue }
        let f = Double(n)
        covered += weight
        score += weight * f * (k1 + 1) / (f + k1 * (1 - b + b * document.length / averageLength))
      }
      // Of a question half the marks depend on how much of it was said: "appointment" is not "how much is an appointment".
      let weight = document.question == nil || document.own == 0 ? 0.5 : 0.5 + 0.5 * covered / document.own
      let part = min(1, score / full) * weight
      best[document.answer] = max(best[document.answer] ?? 0, part)
    }
    return best.filter { $0.value > 0 }.map { Hit(answer: $0.key, score: $0.value) }
      .sorted { $0.score != $1.score ? $0.score > $1.score : $0.answer < $1.answer }
  }

  /// The answer to give, if it is found well enough and clearly before the second.
  func answer(to tokens: [String]) -> Hit? {
    let hits = search(tokens)
    guard let first = hits.first, first.score >= AnswerIndex.threshold else { return nil }
    if hits.count > 1, first.score - hits[1].score < AnswerIndex.margin { return nil }
    return first
  }

  /// Half of the information of a question must be found; below that, answers to other questions come up.
  static let threshold = 0.5
  /// Two answers nearer than this are a guess.
  static let margin = 0.08

  /// Whether the words have the form of a question.
  static func isQuestion(_ tokens: [String]) -> Bool {
    tokens.first { !Weights.fillers.contains($0) }.map(openers.contains) ?? false
  }

  private static let openers: Set = [
    "what", "where", "when", "who", "how", "which", "why", "do", "does", "is", "are", "can", "could", "will",
  ]
  private static let stop: Set = [
    "what", "where", "when", "who", "how", "which", "why", "tell", "know", "say", "please", "help", "question", "today", "now", "yet",
    "still", "also", "already",
    "exactly", "really", "maybe", "again", "near", "nearby",
  ]
}
