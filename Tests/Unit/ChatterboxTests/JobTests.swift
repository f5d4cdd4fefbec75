// The life of a job, decided without a network.

import ChatterboxWire
import Testing
import Vox

struct JobTests {
  private func job(_ call: JobCall, queueMs: Int = 1_000) -> Job {
    Job(JobRequest("hello", VoiceOptions(), call: call, endpoint: "ep", waitMs: 1_000), Job.Patience(pollMs: 100, queueMs: queueMs))
  }

  /// A generator's pieces come poll by poll; when its stream is dry, the status tells what it cost.
  @Test func streams() {
    var job = job(.stream)
    guard case .post(path: "/ep/run", _) = job.begin(at: 0) else { return #expect(Bool(false), "it begins with an order") }
    #expect(job.cancelPath == nil)
    #expect(job.answered(["id": "1", "status": "IN_QUEUE"], at: 10) == [.accepted, .wait(100)])
    #expect(job.cancelPath == "/ep/cancel/1")
    #expect(job.woke() == .get(path: "/ep/stream/1"))
    #expect(job.answered(["status": "IN_PROGRESS", "stream": [["output": ["audio": "AA"]]]], at: 110) == [.sound("AA"), .wait(100)])
    #expect(job.workedMs(at: 200) == 90)
    #expect(job.answered(["status": "COMPLETED", "stream": [["output": "BB"]]], at: 210) == [.sound("BB"), .get(path: "/ep/stream/1")])
    #expect(job.answered(["status": "COMPLETED", "stream": []], at: 220) == [.get(path: "/ep/status/1")])
    #expect(job.answered(["status": "COMPLETED", "executionTime": 95, "output": ["AA", "BB"]], at: 230) == [.completed(executionMs: 95)])
    #expect(job.cancelPath == nil && job.isOver)
  }

  /// A handler that is no generator streams nothing: its sound is in the status, in any of the usual places.
  @Test(arguments: [["audio": "AA"], ["audio_base64": "AA"], ["audio_url": "AA"], "AA", ["AA"], [["audio": "AA"]]] as [JSONValue])
  func whole(_ output: JSONValue) {
    var job = job(.stream)
    _ = job.begin(at: 0)
    #expect(job.answered(["id": "1", "status": "COMPLETED", "stream": []], at: 1) == [.accepted, .get(path: "/ep/status/1")])
    #expect(job.answered(["status": "COMPLETED", "output": output], at: 2) == [.sound("AA"), .completed(executionMs: nil)])
  }

  /// An output elsewhere is found by its path.
  @Test func path() throws {
    let answer = try JobAnswer(["status": "COMPLETED", "output": ["result": ["wav": "AA"]]], outputPath: "result.wav")
    #expect(answer.sounds == ["AA"])
  }

  /// `/runsync` may answer at once with all, or with an id to ask for.
  @Test func sync() {
    var quick = job(.runsync)
    _ = quick.begin(at: 0)
    #expect(
      quick.answered(["id": "sync-1", "status": "COMPLETED", "output": "AA", "executionTime": 5], at: 1) == [
        .accepted, .sound("AA"), .completed(executionMs: 5),
      ])
    var slow = job(.runsync)
    _ = slow.begin(at: 0)
    #expect(slow.answered(["id": "sync-2", "status": "IN_PROGRESS"], at: 1) == [.accepted, .wait(100)])
    #expect(slow.woke() == .get(path: "/ep/status/sync-2"))
  }

  /// A job that no worker takes in time is given up with nothing done, and can still be cancelled.
  @Test func queue() {
    var job = job(.status, queueMs: 500)
    _ = job.begin(at: 0)
    _ = job.answered(["id": "1", "status": "IN_QUEUE"], at: 1)
    #expect(job.answered(["status": "IN_QUEUE"], at: 500) == [.wait(100)])
    guard case .failed(let error) = job.answered(["status": "IN_QUEUE"], at: 501).first else { return #expect(Bool(false), "it fails") }
    #expect(error.code == "IN_QUEUE" && error.effects == .none && job.cancelPath != nil)
  }

  /// A stream does not say why its job failed: the status is asked.
  @Test func failure() {
    var job = job(.stream)
    _ = job.begin(at: 0)
    _ = job.answered(["id": "1", "status": "IN_PROGRESS"], at: 1)
    #expect(job.answered(["status": "FAILED", "stream": []], at: 2) == [.get(path: "/ep/status/1")])
    guard case .failed(let error) = job.answered(["status": "FAILED", "error": "CUDA out of memory"], at: 3).first else {
      return #expect(Bool(false), "it fails")
    }
    #expect(error.cls == .overloaded && job.cancelPath == nil)
  }

  /// Kinds that nobody knows count as working; what is no job ends it.
  @Test func foreign() {
    var job = job(.stream)
    _ = job.begin(at: 0)
    #expect(job.answered(["id": "1", "status": "SOMETHING_NEW", "more": [:]], at: 1) == [.accepted, .wait(100)])
    for answer in [nil, [], 7, ["status": 7], [:]] as [JSONValue] {
      guard case .failed(let error) = job.answered(answer, at: 2).first else { return #expect(Bool(false), "\(answer.text) is no job") }
      #expect(error.code == "bad_answer")
    }
    var nameless = self.job(.stream)
    #expect(nameless.answered(["status": "IN_QUEUE"], at: 0).count == 1)
  }
}
