// How well a sentence and a pattern cover each other.

/// The best alignment of a sentence with an automaton.
struct Alignment: Sendable {
  /// Weight of the words and values that both have.
  let shared: Double
  /// The part of `shared` that is words, not values.
  let words: Double
  /// Weight of what only the pattern has, and of what only the sentence has.
  let missing: Double
  let extra: Double
  let slots: [String: Found]

  /// 0 to 1. The pattern's share counts more: a caller may say more than was asked, but should say what was asked.
  var score: Double {
    guard shared > 0 else { return 0 }
    let said = shared / (shared + extra)
    // One word alone ("Friday") proves little among others.
    let doubt = shared < 2 * Weights.content ? 0.3 * (1 - said) : 0
    return 0.6 * shared / (shared + missing) + 0.4 * said - doubt
  }
}

extension Automaton {
  /// Aligns the whole sentence; `values` gives the readings of a slot at a token, the longest first.
  ///
  /// Cost: states times tokens. Both are bounded, by the flow's patterns and by `Words.mostTokens`.
  func align(_ tokens: [String], values: (String, Int) -> [Found]) -> Alignment? {
    // Patterns of function words alone ("what can you do") have no keyword to look for.
    guard
      keywords.isEmpty || tokens.contains(where: keywords.contains)
        || slots.contains(where: { slot in tokens.indices.contains { !values(slot, $0).isEmpty } })
    else { return nil }
    return run(tokens, contained: false, values: values)
  }

  /// Whether the pattern's content stands somewhere in the sentence without a foreign content word inside it.
  func isContained(in tokens: [String]) -> Bool {
    guard tokens.contains(where: keywords.contains), let best = run(tokens, contained: true, values: { _, _ in [] }) else { return false }
    return best.shared >= Weights.content && best.missing < Weights.content
  }

  /// The best way to a state at a token; plain numbers, for there are thousands.
  private struct Way {
    var shared = 0.0
    var words = 0.0
    var missing = 0.0
    var extra = 0.0
    /// Where the last value taken stands in the list of values, or -1.
    var value = -1

    /// What the alignment maximises: a word too many costs half as much as a word missing.
    var merit: Double { shared - missing - 0.5 * extra }
  }

  private func run(_ tokens: [String], contained: Bool, values: (String, Int) -> [Found]) -> Alignment? {
    let count = tokens.count, last = edges.count - 1
    let weights = tokens.map(Weights.weight)
    var table = [Way?](repeating: nil, count: (count + 1) * edges.count)
    var taken: [(slot: String, found: Found, before: Int)] = []
    func put(_ way: Way, _ position: Int, _ state: Int) {
      let cell = position * edges.count + state
      if let old = table[cell], old.merit >= way.merit { return }
      table[cell] = way
    }
    put(Way(), 0, 0)
    for position in 0...count {
      for state in edges.indices {
        guard let here = table[position * edges.count + state] else { continue }
        for edge in edges[state] {
          var without = here
          without.missing += edge.weight
          put(without, position, edge.to)
          switch edge.symbol {
          case .nothing:
            break
          case .word(let word):
            guard position < count, tokens[position] == word else { continue }
            var next = here
            // A filler that is part of the pattern still tells something.
            next.shared += max(edge.weight, Weights.function)
            next.words += edge.weight
            put(next, position + 1, edge.to)
          case .slot(let name):
            for found in values(name, position) {
              var next = here
              next.shared += max(Weights.content, weights[found.range].reduce(0, +))
              taken.append((name, found, here.value))
              next.value = taken.count - 1
              put(next, position + found.length, edge.to)
            }
          }
        }
        guard position < count else { continue }
        let outside = contained && (state == 0 || state == last)
        if outside || !contained || weights[position] < Weights.content {
          var next = here
          if !outside { next.extra += weights[position] }
          put(next, position + 1, state)
        }
      }
    }
    guard let best = table[count * edges.count + last] else { return nil }
    var slots: [String: Found] = [:], at = best.value
    while at >= 0 {
      slots[taken[at].slot] = taken[at].found
      at = taken[at].before
    }
    return Alignment(shared: best.shared, words: best.words, missing: best.missing, extra: best.extra, slots: slots)
  }
}
