// What a RunPod job is made of (docs.runpod.io/serverless/endpoints).

public import Vox

/// How a job is ordered and its sound fetched.
public enum JobCall: String, Sendable, CaseIterable {
  /// `/run`, then `/stream/{id}`: what a generator has yielded so far, poll by poll.
  case stream
  /// `/run`, then `/status/{id}` until the whole is there.
  case status
  /// `/runsync`, which waits, then `/status/{id}`. Until it answers, the job has no id and cannot be cancelled.
  case runsync
}

/// The texts and paths of one job.
public struct JobRequest: Hashable, Sendable {
  public let call: JobCall
  public let body: JSONValue
  private let endpoint: String
  private let waitMs: Int

  /// - Parameter waitMs: how long `/runsync` may wait before it answers with an unfinished job; 1,000 to 300,000.
  public init(_ text: String, _ options: VoiceOptions, call: JobCall, endpoint: String, waitMs: Int) {
    self.call = call
    self.endpoint = endpoint
    self.waitMs = waitMs
    let values = ["$text": text, "$voice": options.voice, "$reference": options.referenceAudio, "$language": options.language]
    let input = Self.filled(options.inputTemplate, values) ?? .object([:])
    body = JSONValue.object(["input": input]).merging(options.extraBody)
  }

  /// Where the job is ordered.
  public var path: String { call == .runsync ? "/\(endpoint)/runsync?wait=\(waitMs)" : "/\(endpoint)/run" }
  public func streamPath(_ id: String) -> String { "/\(endpoint)/stream/\(id)" }
  public func statusPath(_ id: String) -> String { "/\(endpoint)/status/\(id)" }
  public func cancelPath(_ id: String) -> String { "/\(endpoint)/cancel/\(id)" }

  /// Nil where a placeholder stays empty, so that the member goes.
  private static func filled(_ value: JSONValue, _ values: [String: String]) -> JSONValue? {
    switch value {
    case .string(let text):
      guard let found = values[text] else { return value }
      return found.isEmpty ? nil : .string(found)
    case .array(let items): return .array(items.compactMap { filled($0, values) })
    case .object(let members): return .object(members.compactMapValues { filled($0, values) })
    default: return value
    }
  }
}
