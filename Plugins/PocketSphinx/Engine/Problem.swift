// What keeps a decoder from working, each as a sentence for the operator.

/// Why speech cannot be recognised as asked.
public enum RecogniserProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case missing(file: String, what: String)
  case empty(file: String)
  case refused(model: String, why: String)
  case grammarName(String)
  case grammar(file: String, why: String)
  case tooManyDecoders(Int)

  public var description: String {
    switch self {
    case .missing(let file, let what):
      what.isEmpty ? "\(file) cannot be read; check the path." : "\(file) cannot be read; it is \(what)."
    case .empty(let file): "\(file) is empty; write the vocabulary again."
    case .refused(let model, let why): "The recogniser cannot use \(model): \(why.isEmpty ? "the library gives no reason" : why)."
    case .grammarName(let name):
      "'\(name)' is no name of a grammar: 1 to 64 letters, digits, '_' and '-' are expected."
    case .grammar(let file, let why):
      "The grammar \(file) cannot be used: \(why.isEmpty ? "the library gives no reason" : why)."
    case .tooManyDecoders(let limit):
      "All \(limit) decoders are in use; raise the setting 'max_decoders' or send fewer calls."
    }
  }
}
