// What the cases read of the machine: the clock, threads, open files, and what a call cost its caller.

import Glibc

/// CLOCK_MONOTONIC in nanoseconds: the clock of the ABI.
func monotonicNow() -> UInt64 {
  var t = timespec()
  clock_gettime(CLOCK_MONOTONIC, &t)
  return UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec)
}

/// Threads and open files of this process.
struct Residue: Equatable {
  var threads: Int
  var files: Int

  static func now() -> Residue { Residue(threads: entries("/proc/self/task"), files: entries("/proc/self/fd")) }

  private static func entries(_ path: String) -> Int {
    guard let folder = opendir(path) else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }
}

/// Measures what a call cost the thread that made it.
struct Stopwatch {
  private let wall = monotonicNow()
  private let usage = Stopwatch.threadUsage()

  /// Nanoseconds: the time on the processor when the call never slept, otherwise the time that passed. A thread that was merely
  /// pushed aside by others on a busy machine is not to blame.
  func read() -> UInt64 {
    let now = Self.threadUsage()
    return now.sleeps > usage.sleeps ? monotonicNow() - wall : now.cpu - usage.cpu
  }

  private static func threadUsage() -> (cpu: UInt64, sleeps: Int) {
    var usage = rusage()
    // RUSAGE_THREAD, which glibc shows only to programs that define _GNU_SOURCE.
    getrusage(1, &usage)
    var t = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t)
    return (UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec), usage.ru_nvcsw)
  }
}

/// Runs `body` on a thread made for it alone and waits for it.
func onAnotherThread(_ body: @escaping () -> Void) {
  final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
  let work = Unmanaged.passRetained(Work(body))
  var thread = pthread_t()
  let failed = pthread_create(
    &thread, nil,
    { raw in
      if let raw { Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body() }
      return nil
    }, work.toOpaque())
  guard failed == 0 else {
    work.takeRetainedValue().body()
    return
  }
  pthread_join(thread, nil)
}
