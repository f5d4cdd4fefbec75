// A thread for the tasks of tests that talk to a server.

import Base

/// Runs tasks on a thread of its own. The threads that tasks share may be held for minutes by tests that wait without giving theirs up;
/// meanwhile a server would take its peer for dead.
final class TestThread: TaskExecutor {
  static let shared = TestThread()
  private let lane = ThreadLane(name: "test", clock: SystemClock())

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    lane.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
