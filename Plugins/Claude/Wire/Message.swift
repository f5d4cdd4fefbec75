// A message of the model as it streams in: text at once, everything else when its block is whole.

public import Vox

/// What has come of one message. Feed it the events; it answers what is to be passed on now.
public struct Message: Sendable {
  public enum Output: Sendable, Equatable {
    /// The next words, not empty.
    case text(String)
    /// A whole block that must come back with the next request of the same tool round: thinking with its signature, or a tool call with
    /// members that the host does not keep.
    case echo(JSONValue)
  }

  /// How it ended.
  public enum End: Sendable, Equatable {
    /// `stop` in the words of `vox/roles/llm.h`.
    case completed(stop: String, calls: [ToolCall])
    /// A tool of the vendor's is not through: the same content is to be sent back, and the message goes on.
    case paused
    case failed(ProviderError)
  }

  /// The whole blocks so far, as they are to be sent back.
  public private(set) var blocks: [JSONValue] = []
  public private(set) var usage = Usage()
  /// Model and tier that really served, once told.
  public private(set) var label = ""
  /// The message has begun, so that it is billed.
  public private(set) var hasBegun = false
  /// Bytes of content so far, for an estimate of what it costs.
  public private(set) var bytes = 0
  private var open: [Int: Block] = [:]
  private var stop: String?
  private var details = JSONValue.null
  private var isOver = false
  private var hasBadArguments = false

  private struct Block {
    var members: [String: JSONValue]
    var text = ""
    var signature = ""
    var type: String { members["type"]?.string ?? "" }
  }

  /// Far more than a model writes in one answer, and little to hold.
  private static let mostBytes = 1 << 20
  private static let mostBlocks = 256
  private static let longestLabel = 100
  /// Members of a tool call that the host keeps.
  private static let kept: Set<String> = ["type", "id", "name", "input"]

  public init() {}

  /// Takes the next event.
  ///
  /// - Throws: what the vendor says went wrong, or `unavailable` for what is no message.
  public mutating func take(_ event: StreamEvent) throws(ProviderError) -> [Output] {
    switch event {
    case .messageStart(let message):
      hasBegun = true
      usage.take(message["usage"] ?? .null)
      let tier = message["usage"]?["service_tier"]?.string ?? "standard"
      label = String(((message["model"]?.string ?? "") + (tier == "standard" ? "" : "/" + tier)).prefix(Self.longestLabel))
    case .blockStart(let index, let block): return try begin(index, block)
    case .delta(let index, let delta): return try add(delta, to: index)
    case .blockStop(let index): return end(index)
    case .messageDelta(let reason, let details, let usage):
      self.usage.take(usage)
      if let reason { (stop, self.details) = (reason, details) }
    case .messageStop: isOver = true
    case .error(let event): throw ClaudeError.streamed(event, began: hasBegun)
    case .other: break
    }
    return []
  }

  /// How it ended; nil while it goes on.
  /// - Parameter isCut: nothing more will come. A message that was whole but for its last event counts as whole.
  public func end(isCut: Bool = false) -> End? {
    guard isOver || isCut else { return nil }
    guard let stop else { return .failed(ClaudeError.garbled("it ended early", code: "truncated")) }
    if let error = ClaudeError.stopped(stop, details) { return .failed(error) }
    switch stop {
    case "pause_turn": return .paused
    // The last call may lack its end and still be valid JSON, so none is made.
    case "max_tokens": return .completed(stop: "length", calls: [])
    default: break
    }
    if hasBadArguments { return .failed(ClaudeError.garbled("the arguments of a tool call are not JSON", code: "bad_arguments")) }
    if !calls.isEmpty { return .completed(stop: "tool", calls: calls) }
    return .completed(stop: stop == "stop_sequence" ? "sequence" : "end", calls: [])
  }

  private var calls: [ToolCall] {
    blocks.compactMap { block in
      guard block["type"]?.string == "tool_use", let id = block["id"]?.string, let name = block["name"]?.string, !name.isEmpty else {
        return nil
      }
      return ToolCall(id: id, name: name, arguments: block["input"] ?? .object([:]))
    }
  }

  private mutating func begin(_ index: Int, _ block: JSONValue) throws(ProviderError) -> [Output] {
    guard let members = block.object, open.count + blocks.count < Self.mostBlocks else {
      throw ClaudeError.garbled("a block is none, or there are too many", code: "bad_block")
    }
    open[index] = Block(members: members)
    // Blocks of text and thinking usually begin empty.
    return try add(.text(block["text"]?.string ?? ""), to: index) + add(.thinking(block["thinking"]?.string ?? ""), to: index)
  }

  private mutating func add(_ delta: StreamEvent.Delta, to index: Int) throws(ProviderError) -> [Output] {
    guard let type = open[index]?.type else { throw ClaudeError.garbled("a piece of a block that has not begun", code: "bad_block") }
    switch (delta, type) {
    case (.text(let text), "text") where !text.isEmpty:
      try append(text, to: index, \.text)
      return [.text(text)]
    case (.thinking(let text), "thinking"), (.json(let text), _): try append(text, to: index, \.text)
    case (.signature(let text), _): try append(text, to: index, \.signature)
    default: break
    }
    return []
  }

  /// In place, so that a long answer is not copied with every word.
  private mutating func append(_ text: String, to index: Int, _ part: WritableKeyPath<Block, String>) throws(ProviderError) {
    bytes += text.utf8.count
    guard bytes <= Self.mostBytes else { throw ClaudeError.garbled("it is longer than \(Self.mostBytes) bytes", code: "answer_too_long") }
    open[index]?[keyPath: part] += text
  }

  private mutating func end(_ index: Int) -> [Output] {
    guard var block = open.removeValue(forKey: index) else { return [] }
    switch block.type {
    case "text":
      // An empty one is refused when it comes back.
      if block.text.isEmpty { return [] }
      block.members["text"] = .string(block.text)
    case "thinking":
      block.members["thinking"] = .string(block.text)
      if !block.signature.isEmpty { block.members["signature"] = .string(block.signature) }
    default: readInput(&block)
    }
    let whole = JSONValue.object(block.members)
    blocks.append(whole)
    let isEchoed =
      switch block.type {
      case "thinking", "redacted_thinking": true
      case "tool_use": !Self.kept.isSuperset(of: block.members.keys)
      default: false
      }
    return isEchoed ? [.echo(whole)] : []
  }

  /// The arguments of a tool are the pieces of their JSON put together; none at all mean none.
  private mutating func readInput(_ block: inout Block) {
    guard !block.text.isEmpty else { return }
    guard let input = try? JSONValue(parsing: block.text), input.object != nil else {
      hasBadArguments = hasBadArguments || block.type == "tool_use"
      return
    }
    block.members["input"] = input
  }
}
