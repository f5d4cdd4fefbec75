// Patterns as token automata.

/// A pattern compiled to states whose edges lead forward only, so that one pass over the states per token suffices.
struct Automaton: Sendable {
  enum Symbol: Sendable, Equatable {
    case word(String)
    case slot(String)
    case nothing
  }

  struct Edge: Sendable {
    let symbol: Symbol
    /// What it costs to leave the symbol out.
    let weight: Double
    let to: Int
  }

  /// Edges by state; the first state is the start, the last accepts.
  private(set) var edges: [[Edge]] = [[]]
  /// The words of content and the slots: a sentence without any of them is not worth an alignment.
  private(set) var keywords: Set<String> = []
  private(set) var slots: Set<String> = []

  init(_ part: Pattern.Part) {
    let end = add(part, from: 0)
    // A branch may end in an earlier state than the newest: one last state accepts.
    edges.append([])
    edges[end].append(Edge(symbol: .nothing, weight: 0, to: edges.count - 1))
  }

  /// Adds the states of `part` after `state`; returns the state in which it ends.
  private mutating func add(_ part: Pattern.Part, from state: Int) -> Int {
    switch part {
    case .word(let text):
      return Words.tokens(text).reduce(state) { step(.word($1), Weights.weight($1), from: $0) }
    case .slot(let name):
      slots.insert(name)
      return step(.slot(name), Weights.content, from: state)
    case .all(let parts):
      return parts.reduce(state) { add($1, from: $0) }
    case .any(let options):
      let ends = options.map { add($0, from: state) }
      edges.append([])
      for end in ends { edges[end].append(Edge(symbol: .nothing, weight: 0, to: edges.count - 1)) }
      return edges.count - 1
    }
  }

  private mutating func step(_ symbol: Symbol, _ weight: Double, from state: Int) -> Int {
    if case .word(let word) = symbol, weight == Weights.content { keywords.insert(word) }
    edges.append([])
    edges[state].append(Edge(symbol: symbol, weight: weight, to: edges.count - 1))
    return edges.count - 1
  }
}
