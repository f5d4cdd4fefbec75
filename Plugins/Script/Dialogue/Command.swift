// What callers say to any agent, whatever its business.

/// Wishes about the conversation itself.
enum Command: Sendable, CaseIterable {
  case `repeat`, help, goodbye, nothing, wait, thanks, hello, startOver, drop

  /// Patterns, in the same notation as a flow's. The recogniser's vocabulary is fed from them as well.
  var patterns: [String] {
    switch self {
    case .repeat:
      [
        "[(can|could) you] [please] repeat [that|it|the question] [please]", "say that again [please]", "[i beg your] pardon [me]",
        "what did you say", "i did not (hear|catch|get) that", "please try again",
      ]
    case .help: ["help [me] [please]", "what can you do", "what are my options"]
    case .goodbye: ["[okay|no] [that is all] [thank you|thanks] (goodbye|bye [bye])", "have a (nice|good) day"]
    case .nothing:
      [
        "[no] [thanks|thank you] that is (all|it|everything) [thank you|thanks]", "[no] nothing else [thank you|thanks]",
        "no (thanks|thank you)",
        "i am (done|all set)",
      ]
    case .wait:
      [
        "(one|just a) (moment|second|minute) [please]", "[please] hold on [a (moment|second|minute)] [please]",
        "wait [a (moment|second|minute)]",
      ]
    case .thanks: ["[okay] (thank you|thanks) [very much|a lot]"]
    case .hello: ["(hello|hi|hey) [there]", "good (morning|afternoon|evening)"]
    case .startOver: ["[let us|can we|please] start (over|again)", "[start] from the beginning"]
    case .drop: ["never mind", "forget (it|that|about it)", "[please] stop that"]
    }
  }

  /// The command that the whole sentence means, or nil.
  static func read(_ tokens: [String]) -> Command? {
    for (command, automata) in compiled {
      for automaton in automata {
        // A command is short and fixed: nearly all of both sides must agree, or a wish would be taken for one.
        if let cover = automaton.align(tokens, values: { _, _ in [] }), cover.score >= 0.9 { return command }
      }
    }
    return nil
  }

  private static let compiled: [(Command, [Automaton])] = allCases.map { command in
    (command, command.patterns.compactMap { (try? Pattern($0, file: "", line: 0)).map { Automaton($0.root) } })
  }
}
