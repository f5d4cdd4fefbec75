// What RunPod says about a job: the same object from every call, with a list of pieces from `/stream`.

public import Vox

/// One answer about a job.
public struct JobAnswer: Hashable, Sendable {
  public enum State: Hashable, Sendable { case waiting, working, completed, lost }

  /// Empty when the answer names none, as that of `/stream`.
  public let id: String
  /// As RunPod spells it.
  public let status: String
  /// The sound of this answer in order: base64, the name under which its bytes were kept, or a URL.
  public let sounds: [String]
  /// What the worker says went wrong.
  public let error: String
  /// Milliseconds on the worker; nil until the job is over.
  public let executionMs: Int?

  /// - Parameter path: where the sound stands in an output, as `audio.data`; empty = at the usual places.
  /// - Throws: class `unavailable`, code `bad_answer`, for what is no job.
  public init(_ json: JSONValue, outputPath path: String) throws(ProviderError) {
    guard let status = json["status"]?.string else { throw ChatterboxError.unreadable("no job") }
    self.status = status
    id = json["id"]?.string ?? ""
    error = json["error"]?.string ?? json["output"]?["error"]?.string ?? ""
    executionMs = json["executionTime"]?.int
    let outputs = json["stream"]?.array.map { $0.compactMap { $0["output"] } } ?? [json["output"]].compactMap { $0 }
    sounds = outputs.flatMap { $0.array ?? [$0] }.compactMap { Self.sound($0, path) }
  }

  /// Kinds that are not known yet count as working: its deadlines still hold.
  public var state: State {
    switch status {
    case "IN_QUEUE": .waiting
    case "COMPLETED": .completed
    case "FAILED", "CANCELLED", "TIMED_OUT": .lost
    default: .working
    }
  }

  /// The places that workers are known to use.
  private static func sound(_ output: JSONValue, _ path: String) -> String? {
    if !path.isEmpty { return path.split(separator: ".").reduce(Optional(output)) { $0?[String($1)] }?.string }
    return output.string ?? ["audio", "audio_base64", "audio_url"].lazy.compactMap { output[$0]?.string }.first
  }
}
