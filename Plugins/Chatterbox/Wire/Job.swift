// The life of one RunPod job, from the order to the last piece of its sound. Decides only.

public import Vox

/// Follows a job by polling, since RunPod's `/stream` is no held stream. At most one request is under way; answer every `.get` and `.post`
/// with `answered`, every `.wait` with `woke`.
public struct Job: Sendable {
  public enum Action: Hashable, Sendable {
    case post(path: String, body: JSONValue)
    case get(path: String)
    /// Come back after so many milliseconds.
    case wait(Int)
    /// RunPod has the job.
    case accepted
    /// The next sound: base64, the name of kept bytes, or a URL.
    case sound(String)
    /// The sound is whole; `executionMs` were spent on the worker, as far as RunPod told.
    case completed(executionMs: Int?)
    case failed(ProviderError)
  }

  /// How long is waited for what, in milliseconds.
  public struct Patience: Sendable {
    /// Between two polls: RunPod's own client waits 1,000, which a caller would hear.
    public var pollMs: Int
    /// In the queue, cold start of a worker included. An endpoint without workers keeps jobs there for ever.
    public var queueMs: Int

    public init(pollMs: Int, queueMs: Int) {
      self.pollMs = pollMs
      self.queueMs = queueMs
    }
  }

  private let request: JobRequest
  private let patience: Patience
  private let outputPath: String
  private var begunMs = 0
  private var workingSinceMs: Int?
  private var hasSound = false
  private var asksForWhole = false
  /// Empty until RunPod has told it.
  public private(set) var id = ""
  /// Nothing more happens to it.
  public private(set) var isOver = false

  public init(_ request: JobRequest, _ patience: Patience, outputPath: String = "") {
    self.request = request
    self.patience = patience
    self.outputPath = outputPath
    asksForWhole = request.call != .stream
  }

  /// - Parameter nowMs: of any steady clock, here and below.
  public mutating func begin(at nowMs: Int) -> Action {
    begunMs = nowMs
    return .post(path: request.path, body: request.body)
  }

  /// How long the worker has been at it; 0 before it began.
  public func workedMs(at nowMs: Int) -> Int { workingSinceMs.map { max(nowMs - $0, 0) } ?? 0 }

  /// Time to ask again.
  public func woke() -> Action { .get(path: asksForWhole ? request.statusPath(id) : request.streamPath(id)) }

  /// The order to be sent when the job is not wanted any more; nil when there is none to cancel, or its id is not known yet.
  public var cancelPath: String? { isOver || id.isEmpty ? nil : request.cancelPath(id) }

  /// Takes an answer about the job.
  public mutating func answered(_ json: JSONValue, at nowMs: Int) -> [Action] {
    do throws(ProviderError) {
      let answer = try JobAnswer(json, outputPath: outputPath)
      var actions: [Action] = []
      if id.isEmpty {
        guard !answer.id.isEmpty else { throw ChatterboxError.unreadable("a job without an id") }
        id = answer.id
        actions.append(.accepted)
      }
      return actions + (try follow(answer, at: nowMs))
    } catch {
      return [.failed(error)]
    }
  }

  private mutating func follow(_ answer: JobAnswer, at nowMs: Int) throws(ProviderError) -> [Action] {
    switch answer.state {
    case .waiting:
      guard nowMs - begunMs <= patience.queueMs else {
        throw ChatterboxError.job("IN_QUEUE", "no worker took the job within \(patience.queueMs) ms")
      }
      return [.wait(patience.pollMs)]
    case .working:
      if workingSinceMs == nil { workingSinceMs = nowMs }
      // Before the job is complete its output is no result.
      return asksForWhole ? [.wait(patience.pollMs)] : sounds(of: answer) + [.wait(patience.pollMs)]
    case .lost:
      // A stream does not say why.
      if !asksForWhole, answer.error.isEmpty {
        asksForWhole = true
        return [woke()]
      }
      isOver = true
      throw ChatterboxError.job(answer.status, answer.error)
    case .completed: return completed(answer)
    }
  }

  /// A stream is over once it is empty; then the status tells what it cost, and the sound of a handler that is no generator.
  private mutating func completed(_ answer: JobAnswer) -> [Action] {
    guard asksForWhole else {
      if answer.sounds.isEmpty { asksForWhole = true }
      return sounds(of: answer) + [woke()]
    }
    isOver = true
    let rest = hasSound ? [] : sounds(of: answer)
    guard hasSound else { return [.failed(ChatterboxError.unreadable("a job without sound"))] }
    return rest + [.completed(executionMs: answer.executionMs)]
  }

  private mutating func sounds(of answer: JobAnswer) -> [Action] {
    if !answer.sounds.isEmpty { hasSound = true }
    return answer.sounds.map { .sound($0) }
  }
}
