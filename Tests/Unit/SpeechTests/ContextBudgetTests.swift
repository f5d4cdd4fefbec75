// Proves that a conversation always fits, and that what must stay stays.

@testable import Speech
import Testing
import Vox

@Suite struct ContextBudgetTests {
  private let tools = [ToolDescription(name: "book", description: "Books a table.", schema: ["type": "object"])]

  /// A long call: every turn the caller speaks, a tool runs, the agent answers.
  private func conversation(_ turns: Int, words: Int = 40) -> [ChatMessage] {
    var messages = [ChatMessage(.system, "You are the receptionist of a small hotel."), ChatMessage(.assistant, "Welcome!")]
    for turn in 0..<turns {
      messages.append(ChatMessage(.user, "caller \(turn) " + String(repeating: "word ", count: words)))
      messages.append(ChatMessage(.assistant, [.toolCall(id: "c\(turn)", name: "book", arguments: ["n": .int(Int64(turn))])]))
      messages.append(ChatMessage(.tool, [.toolResult(id: "c\(turn)", content: String(repeating: "r", count: words), isError: false)]))
      messages.append(ChatMessage(.assistant, "answer \(turn)"))
    }
    return messages
  }

  private func isWhole(_ messages: [ChatMessage]) -> Bool {
    var open: Set<String> = []
    for part in messages.flatMap(\.parts) {
      if case .toolCall(let id, _, _) = part { open.insert(id) }
      if case .toolResult(let id, _, _) = part, open.remove(id) == nil { return false }
    }
    return open.isEmpty
  }

  /// The estimate of English is on the safe side of four characters a token, and not twice as high; other scripts cost more.
  @Test func estimatesOnTheSafeSide() {
    let text = "Thank you for calling the hotel. I can offer you a double room from the third to the fifth of May."
    let tokens = TokenEstimate.tokens(text)
    #expect(tokens >= text.count / 4 && tokens < text.count / 2)
    #expect(TokenEstimate.tokens("") == 0)
    #expect(TokenEstimate.tokens("日本語のテキスト") >= 8)
    #expect(TokenEstimate.tokens("Привет, мир") >= 5)
    #expect(TokenEstimate.tokens("12345678") >= 4)
  }

  /// A short conversation is passed as it is, and nothing is asked for.
  @Test func leavesAShortConversationAlone() {
    var budget = ContextBudget(ContextBudget.Limits(window: 100_000))
    let messages = conversation(5)
    let fitted = budget.fit(messages, tools: tools)
    #expect(fitted.messages == messages)
    #expect(fitted.droppedTurns == 0 && fitted.shortened == 0)
    #expect(budget.turnEnded(messages, tools: tools) == nil)
  }

  /// When the past fills its room a summary of all but the newest turns is asked for, once; then it stands in their place.
  @Test func summarisesAtATurnBoundary() throws {
    var budget = ContextBudget(ContextBudget.Limits(window: 4000))
    let messages = conversation(40)
    let asked = budget.turnEnded(messages, tools: tools)
    let request = try #require(asked)
    #expect(request.messages.count == 2 && request.maxTokens == budget.limits.summary)
    #expect(request.messages[1].text.contains("Caller: caller 0"))
    #expect(request.messages[1].text.contains("Tool called: book"))
    #expect(!request.messages[1].text.contains("caller 37 "))
    #expect(budget.turnEnded(messages, tools: tools) == nil, "one at a time")
    budget.summaryCame("The caller wants a room.")
    let fitted = budget.fit(messages, tools: tools)
    #expect(fitted.droppedTurns == 0)
    #expect(fitted.messages.first == messages.first)
    #expect(fitted.messages[1].text.contains("The caller wants a room."))
    #expect(fitted.messages.filter { $0.speaker == .user }.count == budget.limits.newestTurns)
    #expect(isWhole(fitted.messages))
    #expect(budget.turnEnded(messages, tools: tools) == nil, "there is room again")
  }

  /// A second summary is made of the first and what came since.
  @Test func summaryGrowsFromTheLast() throws {
    var budget = ContextBudget(ContextBudget.Limits(window: 4000))
    _ = budget.turnEnded(conversation(40), tools: tools)
    budget.summaryCame("First part.")
    let asked = budget.turnEnded(conversation(80), tools: tools)
    let request = try #require(asked)
    #expect(request.messages[1].text.contains("Summary so far: First part."))
    #expect(!request.messages[1].text.contains("caller 0 "))
  }

  /// Without the summary the oldest turns go, the model is told so, and another is asked for only some turns later.
  @Test func dropsTheOldestWhenNoSummaryComes() {
    var budget = ContextBudget(ContextBudget.Limits(window: 4000))
    #expect(budget.turnEnded(conversation(40), tools: tools) != nil)
    budget.summaryFailed()
    let fitted = budget.fit(conversation(40), tools: tools)
    #expect(fitted.droppedTurns > 0 && fitted.tokens <= budget.limits.input)
    #expect(fitted.messages[1].text.contains("left out"))
    #expect(fitted.messages.last?.text == "answer 39")
    #expect(isWhole(fitted.messages))
    #expect(budget.turnEnded(conversation(41), tools: tools) == nil)
    #expect(budget.turnEnded(conversation(50), tools: tools) != nil)
    budget.summaryCame("  ")
    #expect(budget.summary == nil, "an empty summary is none")
  }

  /// Whatever comes in, what comes out fits, ends with the newest, keeps the instructions, and parts no call from its result.
  @Test func alwaysFits() {
    var random = SplitMix(seed: 3)
    for _ in 0..<40 {
      var messages = conversation(random.below(30), words: 1 + random.below(200))
      if random.below(3) == 0 {
        messages.append(ChatMessage(.user, String(repeating: "very long ", count: 20_000 / (1 + random.below(40)))))
      }
      let limits = ContextBudget.Limits(window: 1500 + random.below(8000))
      var budget = ContextBudget(limits)
      if random.below(2) == 0, budget.turnEnded(messages, tools: tools) != nil {
        budget.summaryCame(String(repeating: "so ", count: random.below(4000)))
      }
      let fitted = budget.fit(messages, tools: tools)
      #expect(fitted.tokens <= limits.input)
      #expect(fitted.messages.first == messages.first)
      #expect(isWhole(fitted.messages))
      #expect(fitted.messages.last?.speaker == messages.last?.speaker)
    }
  }

  /// Even a single turn that is too long fits: old calls of it go with their results, its longest text is shortened in the middle.
  @Test func shortensATurnThatIsTooLong() {
    let budget = ContextBudget(ContextBudget.Limits(window: 3000))
    var messages = [ChatMessage(.user, "question")]
    for n in 0..<6 {
      messages.append(ChatMessage(.assistant, [.toolCall(id: "\(n)", name: "look", arguments: [:])]))
      messages.append(
        ChatMessage(
          .tool, [.toolResult(id: "\(n)", content: "start\(n) " + String(repeating: "data ", count: 3000) + " end\(n)", isError: false)]))
    }
    let fitted = budget.fit(messages, tools: [])
    #expect(fitted.tokens <= budget.limits.input && fitted.shortened > 0)
    #expect(isWhole(fitted.messages))
    guard case .toolResult(_, let content, _) = fitted.messages.last?.parts.first else {
      Issue.record("the newest result is gone")
      return
    }
    #expect(content.hasPrefix("start5") && content.hasSuffix("end5") && content.contains("[…]"))
  }
}
