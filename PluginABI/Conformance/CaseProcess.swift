// One case in a process of its own: a crash, a hang or an early exit there is a failed case here.

import Glibc
import Vox

/// Runs one case in a child and reads its result.
struct CaseProcess {
  private let command: Conformance.Command
  private let one: Case
  private let library: String
  private let settings: JSONValue

  /// The descriptor on which the child finds the pipe for its result; its standard output may be full of what the plugin prints.
  private static let resultFile: Int32 = 3
  /// How much of what the child printed last is kept for the report.
  private static let tailBytes = 2_000

  init(_ command: Conformance.Command, _ one: Case, _ library: String, _ settings: JSONValue) {
    self.command = command
    self.one = one
    self.library = library
    self.settings = settings
  }

  func run() -> CaseResult {
    let started = monotonicNow()
    guard let (child, result, output) = spawn() else {
      return failed("\(command.executable) cannot be started: \(String(cString: strerror(errno)))", started)
    }
    defer {
      close(result)
      close(output)
    }
    let read = read(result, output, until: started + UInt64(one.deadlineMs) * 1_000_000)
    if !read.inTime { kill(-child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if let found = Self.result(one.clause, String(decoding: read.result, as: UTF8.self)) { return found }
    if !read.inTime { return failed("it did not come back within \(one.deadlineMs / 1000) s", started) }
    return failed(death(status, tail: String(decoding: read.output.suffix(Self.tailBytes), as: UTF8.self)), started)
  }

  /// One child at a time is made, so that none inherits the pipes of another before they are marked.
  private static let spawning = Monitor()

  /// Starts the child; answers it and the ends from which its result and its output are read. Nil sets errno.
  private func spawn() -> (child: pid_t, result: Int32, output: Int32)? {
    Self.spawning.locked {
      var result: [Int32] = [-1, -1]
      var output: [Int32] = [-1, -1]
      guard pipe(&result) == 0, pipe(&output) == 0 else { return nil }
      for end in result + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      let child = spawn(result: result[1], output: output[1])
      let error = errno
      close(result[1])
      close(output[1])
      guard let child else {
        close(result[0])
        close(output[0])
        errno = error
        return nil
      }
      return (child, result[0], output[0])
    }
  }

  private func spawn(result: Int32, output: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    posix_spawn_file_actions_adddup2(&actions, result, Self.resultFile)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that what a plugin started ends with it.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let words =
      [command.executable] + command.arguments + ["--in-process-case", one.clause.id, "--settings", settings.text, library]
    var arguments = words.map { strdup($0) } + [nil]
    // The backtracer of Swift takes seconds, and an orphaned one never ends; the last lines printed say what matters.
    let environment = Self.environment().filter { !$0.hasPrefix("SWIFT_BACKTRACE=") } + ["SWIFT_BACKTRACE=enable=no"]
    var variables = environment.map { strdup($0) } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var child: pid_t = 0
    errno = posix_spawn(&child, command.executable, &actions, &attributes, &arguments, &variables)
    return errno == 0 ? child : nil
  }

  private static func environment() -> [String] {
    var found: [String] = []
    var next = environ
    while let variable = next.pointee {
      found.append(String(cString: variable))
      next += 1
    }
    return found
  }

  /// Everything from both pipes until the child has closed them.
  private func read(_ result: Int32, _ output: Int32, until deadline: UInt64) -> (result: [UInt8], output: [UInt8], inTime: Bool) {
    var pipes = [pollfd(fd: result, events: Int16(POLLIN), revents: 0), pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
    var texts: [[UInt8]] = [[], []]
    var buffer = [UInt8](repeating: 0, count: 4096)
    // A thread or process the plugin left may hold the output open; the result counts.
    while pipes[0].fd >= 0 {
      let now = monotonicNow()
      guard now < deadline else { return (texts[0], texts[1], false) }
      let ready = poll(&pipes, 2, Int32(clamping: (deadline - now) / 1_000_000 + 1))
      if ready < 0, errno != EINTR { break }
      for i in 0..<2 where pipes[i].revents != 0 {
        let count = Glibc.read(pipes[i].fd, &buffer, buffer.count)
        if count > 0 { texts[i] = Array((texts[i] + buffer[..<count]).suffix(1 << 20)) } else { pipes[i].fd = -1 }
      }
    }
    return (texts[0], texts[1], true)
  }

  private func death(_ status: Int32, tail: String) -> String {
    let signal = status & 0x7F
    var sentence =
      signal == 0
      ? "the process ended by itself with exit code \((status >> 8) & 0xFF) before the case was over"
      : "it crashed: \(String(cString: strsignal(signal)))"
    if let meaning = one.whenItDies, signal != 0 { sentence += "; \(meaning)" }
    let last = tail.split(separator: "\n").suffix(3).joined(separator: " / ")
    return last.isEmpty ? sentence : "\(sentence); it printed: \(last)"
  }

  private func failed(_ reason: String, _ started: UInt64) -> CaseResult {
    CaseResult(clause: one.clause, outcome: .failed(reason), tookMs: Int((monotonicNow() - started) / 1_000_000))
  }

  // MARK: The result as one line of JSON

  /// Hands a result to the parent; false when nobody is there to take it.
  static func answer(_ result: CaseResult) -> Bool {
    let line: JSONValue = [
      "outcome": .string(result.outcome.name), "reason": .string(result.outcome.reason), "ms": .int(Int64(result.tookMs)),
      "elsewhere": .array(result.elsewhere.map { [.string($0.clause.rawValue), .string($0.sentence)] }),
    ]
    let bytes = Array(line.text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(resultFile, $0.baseAddress, $0.count) }
      if count > 0 { sent += count } else if errno != EINTR { return false }
    }
    close(resultFile)
    return true
  }

  private static func result(_ clause: Clause, _ line: String) -> CaseResult? {
    guard let json = try? JSONValue(parsing: line), let name = json["outcome"]?.string else { return nil }
    let reason = json["reason"]?.string ?? ""
    let outcome: Outcome = name == "pass" ? .passed : name == "skip" ? .skipped(reason) : .failed(reason)
    let elsewhere = (json["elsewhere"]?.array ?? []).compactMap { pair -> Breach? in
      guard let words = pair.array, words.count == 2, let clause = words[0].string.flatMap(Clause.init(rawValue:)) else { return nil }
      return Breach(clause, words[1].string ?? "")
    }
    return CaseResult(clause: clause, outcome: outcome, tookMs: json["ms"]?.int ?? 0, elsewhere: elsewhere)
  }
}
