// The settings as values, with the times of a provider that is well.

import Vox

/// What a session was told to do. Bounds hold whoever calls; the host has checked them against the schema as well.
struct FaultSettings: Sendable {
  let fault: Fault
  let skip: Int
  let times: Int
  let after: Int
  let lateMs: Int
  let errorMs: Int
  let retryAfterMs: UInt32
  let speedPermille: Int
  let hasWordTimes: Bool
  let tokensPerSecond: Int
  let resume: Resume
  let callsTool: Bool
  let interimMs: Int
  let finalWords: Int
  let keepsKeys: Bool
  let log: String
  let armed: String
  let disarms: Bool
  let end: ProcessEnd
  private let first: Int?

  /// What a model does that is given the beginning of its answer.
  enum Resume: String, Sendable { case prefill, asked, restart }

  init(_ json: JSONValue) {
    func number(_ name: String, _ range: ClosedRange<Int>, _ standard: Int) -> Int {
      min(max(json[name]?.int ?? standard, range.lowerBound), range.upperBound)
    }
    fault = json["fault"]?.string.flatMap(Fault.init) ?? .none
    skip = number("skip", 0...1000, 0)
    times = number("times", 0...1000, 0)
    after = number("after", 0...1000, 0)
    lateMs = number("late_ms", 0...60_000, 3000)
    errorMs = number("error_ms", 0...60_000, 30)
    retryAfterMs = UInt32(number("retry_after_ms", 0...3_600_000, 30_000))
    speedPermille = number("speed_permille", 1000...100_000, 4000)
    hasWordTimes = json["word_times"]?.bool ?? true
    tokensPerSecond = number("tokens_per_second", 1...1000, 50)
    resume = json["resume"]?.string.flatMap(Resume.init) ?? .prefill
    callsTool = json["calls_tool"]?.bool ?? false
    interimMs = number("interim_ms", 20...60_000, 300)
    finalWords = number("final_words", 0...1000, 0)
    keepsKeys = json["keeps_keys"]?.bool ?? true
    log = json["log"]?.string ?? ""
    armed = json["armed"]?.string ?? ""
    disarms = json["disarms"]?.bool ?? false
    end = json["end"]?.string.flatMap(ProcessEnd.init) ?? .abort
    first = json["first_ms"]?.int.map { min(max($0, 0), 60_000) }
  }

  func firstMs(_ standard: Int) -> Int { first ?? standard }
}
