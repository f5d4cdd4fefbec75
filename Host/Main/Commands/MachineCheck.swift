// What the machine must give: its kind, its cores, its clock, its memory, its limits.

import Glibc

/// The machine as it was found. The judgement is apart from the looking, so that any machine can be judged.
struct MachineCheck {
  var architecture: String
  /// `Linux 6.1.0`.
  var kernel: String
  var cores: Int
  /// The step of CLOCK_MONOTONIC, nanoseconds.
  var clockStepNs: Int
  /// How much later than asked a sleep of a millisecond ended at best, microseconds.
  var timerLateUs: Int
  /// Memory that can be had; nil when the kernel does not say.
  var memoryBytes: UInt64?
  /// Files and sockets a process may have open.
  var fileLimit: UInt64

  /// What the idle host needs (60 MB) with a speech recogniser's model (some 100 MB) beside it.
  private static let leastMemoryBytes: UInt64 = 256_000_000
  /// Two descriptors per call on a socket, 500 calls, and what libraries need.
  private static let leastFiles: UInt64 = 4_096
  /// A frame is 20 ms; a timer that is later than one of its twenty slots is heard.
  private static let latestTimerUs = 1_000

  /// This machine.
  init() {
    var name = utsname()
    uname(&name)
    architecture = Self.text(&name.machine)
    kernel = "\(Self.text(&name.sysname)) \(Self.text(&name.release))"
    cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    var step = timespec()
    clock_getres(CLOCK_MONOTONIC, &step)
    clockStepNs = step.tv_sec * 1_000_000_000 + step.tv_nsec
    timerLateUs = (0..<10).map { _ in Self.lateness() }.min() ?? 0
    memoryBytes = Self.availableMemory
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    fileLimit = UInt64(limit.rlim_cur)
  }

  /// A machine made up, to be judged.
  init(
    architecture: String, kernel: String, cores: Int, clockStepNs: Int, timerLateUs: Int, memoryBytes: UInt64?, fileLimit: UInt64
  ) {
    self.architecture = architecture
    self.kernel = kernel
    self.cores = cores
    self.clockStepNs = clockStepNs
    self.timerLateUs = timerLateUs
    self.memoryBytes = memoryBytes
    self.fileLimit = fileLimit
  }

  var findings: [Finding] {
    [kind, coreCount, clock, memory, files].compactMap(\.self)
  }

  private var kind: Finding {
    guard kernel.hasPrefix("Linux"), ["x86_64", "aarch64"].contains(architecture) else {
      return .problem("machine", "\(kernel) on \(architecture)", "use 64-bit Linux on x86-64 or ARM")
    }
    return .fine("machine", "\(kernel) on \(architecture)")
  }

  private var coreCount: Finding {
    cores < 2
      ? .advice("machine", "one core", "give it a second one: calls, recognition and speech share this one")
      : .fine("machine", "\(cores) cores")
  }

  private var clock: Finding {
    if clockStepNs > 1_000_000 {
      return .problem("machine", "the clock moves in steps of \(clockStepNs / 1000) us", "enable high resolution timers in the kernel")
    }
    if timerLateUs > Self.latestTimerUs {
      return .advice(
        "machine", "timers are \(timerLateUs) us late at best", "take load off the machine, or give the virtual machine a core of its own")
    }
    return .fine("machine", "clock in steps of \(clockStepNs) ns, timers late by \(timerLateUs) us at best")
  }

  private var memory: Finding? {
    guard let memoryBytes else { return nil }
    return memoryBytes < Self.leastMemoryBytes
      ? .problem("machine", "\(Figure.bytes(memoryBytes)) of memory are free", "free \(Figure.bytes(Self.leastMemoryBytes))")
      : .fine("machine", "\(Figure.bytes(memoryBytes)) of memory are free")
  }

  private var files: Finding {
    fileLimit < Self.leastFiles
      ? .advice(
        "machine", "a process may have \(fileLimit) files open", "raise it: ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd")
      : .fine("machine", "a process may have \(fileLimit > 1 << 40 ? "any number of" : "\(fileLimit)") files open")
  }

  private static func lateness() -> Int {
    var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
    var start = timespec()
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &start)
    nanosleep(&pause, nil)
    clock_gettime(CLOCK_MONOTONIC, &end)
    return max(0, (end.tv_sec - start.tv_sec) * 1_000_000 + (end.tv_nsec - start.tv_nsec) / 1000 - 1000)
  }

  /// MemAvailable of /proc/meminfo.
  private static var availableMemory: UInt64? {
    guard let file = fopen("/proc/meminfo", "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
      if words.first == "MemAvailable:", words.count > 1 { return UInt64(words[1]).map { $0 * 1024 } }
    }
    return nil
  }

  private static func text<T>(_ field: inout T) -> String {
    withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
