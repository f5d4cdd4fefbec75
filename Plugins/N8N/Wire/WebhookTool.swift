// One workflow behind a webhook, as the operator describes it.

public import Vox

/// A tool that is a webhook.
public struct WebhookTool: Sendable {
  /// The conventions of voice platforms, so that workflows which were made for one of them work unchanged.
  public enum Form: String, Sendable {
    /// `{"id", "type": "tool.call", "call": {}, "tool": {"name", "arguments"}}`.
    case call
    /// `{"message": {"type": "tool-calls", "toolCallList": […]}}` (docs.vapi.ai, "Custom tools").
    case vapi
    /// `{"name", "args", "call"}` (docs.retellai.com, "Custom function").
    case retell
    /// The arguments and nothing else.
    case plain
  }

  public let description: ToolDescription
  /// Behind the prefix of webhooks; `:name` stands for the argument of that name.
  public let path: String
  public let method: String
  public let form: Form
  /// The URL of the editor, which serves one call after "Listen for test event".
  public let isTest: Bool
  public let timeoutMs: Int
  /// The answer is a stream of chunks.
  public let streams: Bool
  /// The pieces of a stream are said to the caller as they come.
  public let speaks: Bool
  private let arguments: JSONSchema

  /// - Parameter json: a member of the setting `tools`, valid by the manifest's schema.
  /// - Throws: class `invalid`, naming the tool and what is wrong with its schema.
  public init(_ name: String, _ json: JSONValue, isTest: Bool, timeoutMs: Int) throws(ProviderError) {
    let schema = json["schema"] ?? ["type": "object"]
    do { arguments = try JSONSchema(schema) } catch {
      throw ProviderError(
        .invalid, "The schema of the tool '\(name)' cannot be used: \(error).", scope: .provider, code: "bad_setting")
    }
    description = ToolDescription(name: name, description: json["description"]?.string ?? "", schema: schema)
    path = json["path"]?.string ?? name
    method = json["method"]?.string ?? "POST"
    form = json["form"]?.string.flatMap(Form.init(rawValue:)) ?? .call
    self.isTest = json["test"]?.bool ?? isTest
    self.timeoutMs = json["timeout_ms"]?.int ?? timeoutMs
    speaks = json["speaks"]?.bool ?? false
    streams = json["streams"]?.bool ?? speaks
  }

  /// - Throws: class `invalid`, code `bad_arguments`, in words from which a model can learn.
  public func check(_ given: JSONValue) throws(ProviderError) {
    let problems = arguments.problems(in: given)
    guard !problems.isEmpty else { return }
    let list = problems.prefix(3).map(\.description).joined(separator: "; ")
    throw ProviderError(.invalid, "the arguments do not fit the tool: \(list)", code: "bad_arguments")
  }
}
