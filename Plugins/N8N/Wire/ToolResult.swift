// What a workflow answered, in the words of the tool role.

public import Vox

/// A tool's result, and what else the workflow wants: something said, the call ended, the caller passed on.
public struct ToolResult: Hashable, Sendable {
  public var result: JSONValue
  public var say: String?
  public var endsCall = false
  public var transfer: String?

  /// An event of the ABI holds 64 KiB with everything in it.
  private static let longest = 60 << 10
  private static let controls: Set<String> = ["say", "end_call", "transfer"]

  public init(_ result: JSONValue) { self.result = result }

  /// Reads what came: an object with `result`, the `results` that Vapi asks for, or any other JSON, which is the result as it is.
  /// A list of one object is that object: the response mode "All entries" makes it.
  ///
  /// - Parameter id: of the call; only its own result counts where ids are told.
  /// - Throws: class `internal` when the workflow tells an error in Vapi's form.
  public init(answer: JSONValue, id: String) throws(ProviderError) {
    var answer = answer
    if let entries = answer.array, entries.count == 1, let only = entries.first, only.object != nil { answer = only }
    guard case .object(var members) = answer else {
      self.init(answer)
      return
    }
    if let results = members["results"]?.array, results.contains(where: { $0["toolCallId"] != nil }) {
      let own = results.first { $0["toolCallId"]?.string == id } ?? (results.count == 1 ? results.first : nil)
      if let text = own?["error"]?.string { throw N8NError.toolFailed(text) }
      self.init(own?["result"] ?? .null)
    } else if let result = members["result"] {
      self.init(result)
    } else {
      for name in Self.controls { members[name] = nil }
      self.init(members.isEmpty ? .null : .object(members))
    }
    say = answer["say"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    endsCall = answer["end_call"]?.bool ?? false
    transfer = answer["transfer"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Reads text that may be JSON.
  public init(text: String, id: String) throws(ProviderError) {
    let json = text.hasPrefix("{") || text.hasPrefix("[") ? try? JSONValue(parsing: text) : nil
    if let json { try self.init(answer: json, id: id) } else { self.init(.string(text)) }
  }

  /// The body of COMPLETED.
  ///
  /// - Throws: class `internal`, code `answer_too_long`, when it fits no event.
  public func completed() throws(ProviderError) -> JSONValue {
    var members: [String: JSONValue] = ["result": result]
    if let say { members["say"] = .string(say) }
    if endsCall { members["end_call"] = true }
    if let transfer { members["transfer"] = .string(transfer) }
    return try Self.bounded(.object(members))
  }

  /// - Throws: class `internal`, code `answer_too_long`, when it fits no event.
  public static func bounded(_ json: JSONValue) throws(ProviderError) -> JSONValue {
    guard json.text.utf8.count <= longest else {
      throw N8NError.unusable("is longer than \(longest) bytes; have the workflow answer with less", code: "answer_too_long")
    }
    return json
  }
}
