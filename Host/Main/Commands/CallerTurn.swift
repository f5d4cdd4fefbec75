// What the synthetic caller does, turn by turn, in the order of the command line.

import Terminal

/// One turn of the caller.
enum CallerTurn: Equatable, Sendable {
  case say(String)
  case wav(String)
  case keys(String)

  /// The options in the order in which they were written, which the parser does not keep across options of different names.
  /// - Parameters:
  ///   - arguments: the command line as it was given; only the names of the options and their order are read from it.
  ///   - say, wav, keys: the parsed values of each option.
  static func inOrder(of arguments: [String], say: [String], wav: [String], keys: [String]) -> [CallerTurn] {
    var turns: [CallerTurn] = []
    var say = say[...]
    var wav = wav[...]
    var keys = keys[...]
    for argument in arguments.prefix(while: { $0 != "--" }) {
      switch argument.prefix(while: { $0 != "=" }) {
      case "--say": if let text = say.popFirst() { turns.append(.say(text)) }
      case "--wav": if let path = wav.popFirst() { turns.append(.wav(path)) }
      case "--dtmf": if let digits = keys.popFirst() { turns.append(.keys(digits)) }
      default: break
      }
    }
    // What was not found by its name, such as an abbreviated option, goes to the end rather than nowhere.
    return turns + say.map { .say($0) } + wav.map { .wav($0) } + keys.map { .keys($0) }
  }
}
