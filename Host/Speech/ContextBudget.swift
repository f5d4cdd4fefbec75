// Keeps a conversation within what a language model can take, so that a long call never ends in an error.

public import Vox

/// Decides what of a conversation a model is given, and when the past is to be summarised; performs nothing itself.
///
/// A turn begins with what the caller said; what came before the first is turn 0. Instructions and tools always stay, and so do the
/// newest turns. A summary covers whole turns from the beginning, so a tool call is never parted from its result. One owner at a time.
public struct ContextBudget: Sendable {
  /// What the model can take, in tokens, and when to act.
  public struct Limits: Equatable, Sendable {
    /// Input and output together.
    public var window: Int
    /// Kept free for the answer.
    public var answer = 1024
    /// A summary is asked for once the input fills this much of its room, in permille: early enough that it comes before it is needed.
    public var summariseAt = 700
    /// So many of the newest turns are never summarised: "that one" and "as I said" refer to them.
    public var newestTurns = 4
    /// The longest summary.
    public var summary = 400

    public init(window: Int) { self.window = max(window, 512) }

    var input: Int { max(window - answer, window / 4) }

    /// For a model that can take less.
    func narrowed(to window: Int?) -> Limits {
      guard let window, window < self.window else { return self }
      var limits = self
      limits.window = max(window, 512)
      limits.summary = min(summary, limits.input / 4)
      return limits
    }
  }

  /// A summary to be asked of a model, between two turns.
  public struct Request: Equatable, Sendable {
    /// Without tools: their calls and results are told as text.
    public let messages: [ChatMessage]
    public let maxTokens: Int
  }

  /// What the model is given.
  public struct Fitted: Equatable, Sendable {
    public let messages: [ChatMessage]
    /// The estimate for them and the tools.
    public let tokens: Int
    /// Turns that are neither there nor in a summary.
    public let droppedTurns: Int
    /// Texts that were shortened because even the newest turns were too long.
    public let shortened: Int
  }

  /// After a summary that did not come, so many turns are left before the next is asked for: the model may be the one that is down.
  private static let patience = 3

  public let limits: Limits
  /// What was said in the turns before `covered`.
  public private(set) var summary: String?
  /// Turns, from the first, that the summary stands for.
  public private(set) var covered = 0
  private var asked: Int?
  private var nextTry = 0

  public init(_ limits: Limits) { self.limits = limits }

  // MARK: Summaries

  /// A turn is over. Answers what is to be summarised, if anything; answer with `summaryCame` or `summaryFailed`.
  ///
  /// - Parameter window: of the model that serves, when it is smaller than the limits'; tokens.
  public mutating func turnEnded(_ messages: [ChatMessage], tools: [ToolDescription], window: Int? = nil) -> Request? {
    let limits = limits.narrowed(to: window)
    let turns = Turns(messages)
    guard asked == nil, turns.count >= nextTry else { return nil }
    let size = base(turns, tools) + turns.rest(from: covered).reduce(0) { $0 + $1.tokens }
    guard size > limits.input * limits.summariseAt / 1000 else { return nil }
    let end = turns.count - limits.newestTurns
    guard end > covered else { return nil }
    asked = end
    return Request(messages: Self.question(summary, turns.rest(from: covered).prefix(end - covered), limits), maxTokens: limits.summary)
  }

  /// The summary is there. It counts from the next request on; an empty one is none.
  public mutating func summaryCame(_ text: String) {
    guard let end = asked else { return }
    guard text.contains(where: { !$0.isWhitespace }) else { return summaryFailed() }
    asked = nil
    summary = Shortened.text(text, tokens: limits.summary)
    covered = end
  }

  /// The summary does not come: the oldest turns are dropped when room is needed, and another is asked for some turns later.
  public mutating func summaryFailed() {
    guard let end = asked else { return }
    asked = nil
    nextTry = end + limits.newestTurns + Self.patience
  }

  /// Calls and results are told as text, the longest of them in part.
  private static func question(_ summary: String?, _ turns: ArraySlice<Turns.Turn>, _ limits: Limits) -> [ChatMessage] {
    var lines = summary.map { ["Summary so far: " + $0] } ?? []
    for message in turns.flatMap(\.messages) { lines += message.parts.compactMap { line($0, message.speaker) } }
    let text = Shortened.text(lines.joined(separator: "\n"), tokens: limits.input - limits.summary)
    return [
      ChatMessage(
        .system,
        "Summarise this telephone conversation for the agent who goes on with it. Keep names, numbers, dates, what the caller wants, what "
          + "was agreed and what tools have done. Plain sentences, no list, as short as possible."),
      ChatMessage(.user, text),
    ]
  }

  private static func line(_ part: ChatMessage.Part, _ speaker: ChatMessage.Speaker) -> String? {
    switch part {
    case .text(let text): (speaker == .user ? "Caller: " : speaker == .assistant ? "Agent: " : "Note: ") + text
    case .toolCall(_, let name, let arguments): "Tool called: " + name + " " + arguments.text
    case .toolResult(_, let content, let isError): (isError ? "Tool failed: " : "Tool answered: ") + Shortened.text(content, tokens: 200)
    case .opaque: nil
    }
  }

  // MARK: Fitting

  /// What a model is given of the conversation. Always something it can take: what does not fit is dropped, oldest turn first, then
  /// the oldest calls with their results, then the longest texts are shortened. Never an error.
  ///
  /// - Parameter window: of the model that is asked, when it is smaller than the chain's first; tokens.
  public func fit(_ messages: [ChatMessage], tools: [ToolDescription], window: Int? = nil) -> Fitted {
    let turns = Turns(messages)
    let limits = limits.narrowed(to: window)
    let room = limits.input - base(turns, tools)
    var kept = turns.rest(from: covered)
    var size = kept.reduce(0) { $0 + $1.tokens }
    var dropped = 0
    while size > room, kept.count > 1 {
      size -= kept.removeFirst().tokens
      dropped += 1
    }
    var newest = kept.flatMap(\.messages)
    var shortened = 0
    if size > room {
      shortened = Shortened.fit(&newest, tokens: max(room, limits.input / 4))
      size = newest.reduce(0) { $0 + TokenEstimate.tokens($1) }
    }
    return Fitted(
      messages: turns.instructions + notes(dropped) + newest, tokens: base(turns, tools) + size, droppedTurns: dropped, shortened: shortened
    )
  }

  /// What always stays.
  private func base(_ turns: Turns, _ tools: [ToolDescription]) -> Int {
    (turns.instructions + notes(1)).reduce(0) { $0 + TokenEstimate.tokens($1) } + tools.reduce(0) { $0 + TokenEstimate.tokens($1) }
  }

  private func notes(_ dropped: Int) -> [ChatMessage] {
    var lines = summary.map { ["What was said before, in short: " + $0] } ?? []
    if dropped > 0 { lines.append("An earlier part of the conversation is left out here.") }
    return lines.isEmpty ? [] : [ChatMessage(.system, lines.joined(separator: "\n"))]
  }
}
