// What the machine says about this process.

import CLinux
import Glibc

enum Machine {
  static var nowNs: UInt64 {
    var t = timespec()
    clock_gettime(CLOCK_MONOTONIC, &t)
    return UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec)
  }

  /// CPU seconds of this process so far.
  static var cpuSeconds: Double {
    var t = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t)
    return Double(t.tv_sec) + Double(t.tv_nsec) / 1e9
  }

  /// Resident bytes of a process, this one if not said.
  static func residentBytes(of pid: pid_t = getpid()) -> Int {
    guard let file = fopen("/proc/\(pid)/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Keeps this thread, and the threads and processes that it starts from now on, to the first core, or lets them have all.
  static func use(oneCore: Bool) { clinux_use_one_core(oneCore ? 1 : 0) }

  /// Gives freed memory back, so that two readings can be compared.
  static func trim() { clinux_trim_heap() }

  /// Waits until `nowNs` has reached `at`.
  static func sleep(untilNs at: UInt64) {
    var deadline = timespec(tv_sec: Int(at / 1_000_000_000), tv_nsec: Int(at % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &deadline, nil) == EINTR {}
  }

  static func sleep(ms: Int) { sleep(untilNs: nowNs + UInt64(ms) * 1_000_000) }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw BenchError("\(path) cannot be written") }
    defer { fclose(file) }
    fputs(text, file)
  }
}
