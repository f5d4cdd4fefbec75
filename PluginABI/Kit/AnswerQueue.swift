// The words, thoughts and tool calls of one CHAT op on their way to the host.

import PluginABI
public import Vox

/// Keeps what the host has no room for, and hands it over in order. Forward `Session.resume` to `handOver()`. Belongs to the session's
/// queue; bounded by what the answer of a model may hold.
public final class AnswerQueue {
  private enum Item {
    case text(String)
    case thought(String)
    case call(ToolCall)
    case end(() -> Void)
  }

  public let op: Op
  private var items: [Item] = []
  private var texts = 0

  /// An event of the ABI holds 64 KiB with everything in it.
  private static let longestText = 16 << 10
  private static let longestJSON = 60 << 10

  public init(_ op: Op) { self.op = op }

  /// Words, of any length.
  public func say(_ text: String) { put(text.pieces(of: Self.longestText).map { .text($0) }) }

  /// What the model wants to be given back with the next request, as JSON. What is too long for an event is left out, and logged.
  public func keep(_ thought: JSONValue) {
    let data = thought.text
    guard data.utf8.count <= Self.longestJSON else {
      return op.host.log(.warning, "A block of \(data.utf8.count) bytes is too long to be kept for the next request.", about: op.session)
    }
    put([.thought(data)])
  }

  /// A tool is to be called.
  ///
  /// - Throws: class `invalid`, code `arguments_too_long`, for a call that is longer than an event; end the op with it.
  public func call(_ call: ToolCall) throws(ProviderError) {
    guard call.id.utf8.count + call.name.utf8.count + call.arguments.text.utf8.count <= Self.longestJSON else {
      throw ProviderError(
        .invalid, "The arguments for \(call.name.prefix(64)) are too long.", effects: .maybe, code: "arguments_too_long")
    }
    put([.call(call)])
  }

  /// - Parameter end: ends the op, once everything before is with the host.
  public func end(_ end: @escaping () -> Void) { put([.end(end)]) }

  /// Lets go of what waits: nobody wants it any more.
  public func drop() { items = [] }

  /// Hands over what the host has room for.
  public func handOver() {
    var taken = 0
    while taken < items.count, give(items[taken]) != .wouldBlock { taken += 1 }
    items.removeFirst(taken)
  }

  private func put(_ more: [Item]) {
    items += more
    handOver()
  }

  private func give(_ item: Item) -> PushResult {
    switch item {
    case .text(let text):
      let result = op.text(text, index: texts)
      if result == .ok { texts += 1 }
      return result
    case .thought(let data): return op.text(data, kind: .opaque)
    case .call(let call): return op.toolCall(id: call.id, name: call.name, arguments: call.arguments)
    case .end(let end):
      end()
      return .ok
    }
  }
}
