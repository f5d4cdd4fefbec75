// What a fact weighs in memory while it waits for the disk.

import Base

extension Fact {
  /// UTF-8 bytes of the texts that can be long; the rest of a fact is small and counted flat.
  var textBytes: Int {
    switch self {
    case .heard(let fact): fact.text.utf8.count
    case .agentSaid(let fact): fact.text.utf8.count
    case .messageTaken(let fact): fact.text.utf8.count
    case .attempt(let fact): fact.cause?.message.utf8.count ?? 0
    case .configurationRefused(let fact): fact.problems.reduce(0) { $0 + $1.utf8.count }
    default: 0
    }
  }
}
