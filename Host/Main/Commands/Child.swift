// Another process of this program: started, read, and ended in any case.

import Glibc
import Terminal

/// A child in a process group of its own. One owner; when it goes away the child is killed.
final class Child {
  let id: pid_t
  private let output: Int32
  private let input: Int32
  private(set) var status: Int32?
  /// What it has printed, standard output and standard error together; at least the last half megabyte of it.
  private(set) var printed: [UInt8] = []

  /// A manifest of 256 kB must fit, whatever was printed before it.
  private static let keptBytes = 512 << 10

  /// Starts this program again.
  /// - Parameter arguments: without the program's name.
  /// - Throws: a sentence when the system has no room for a process.
  init(_ arguments: [String]) throws(Stop) {
    var out: [Int32] = [-1, -1]
    var into: [Int32] = [-1, -1]
    guard pipe(&out) == 0, pipe(&into) == 0 else { throw Stop(.unavailable, "no pipe can be made: \(String(cString: strerror(errno)))") }
    for end in out + into { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(out[0], F_SETFL, O_NONBLOCK)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, into[0], 0)
    posix_spawn_file_actions_adddup2(&actions, out[1], 1)
    posix_spawn_file_actions_adddup2(&actions, out[1], 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that an interrupt typed at the terminal reaches the parent alone, which then ends the child in order.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let program = Places.program
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program, &actions, &attributes, &words, environ)
    close(out[1])
    close(into[0])
    output = out[0]
    input = into[1]
    id = child
    if failure != 0 {
      status = -1
      throw Stop(.unavailable, "\(program) cannot be started: \(String(cString: strerror(failure)))")
    }
  }

  deinit {
    if status == nil {
      kill(-id, SIGKILL)
      _ = waitpid(id, nil, 0)
    }
    close(output)
    close(input)
  }

  var text: String { String(decoding: printed, as: UTF8.self) }

  /// Takes in what has been printed; true when the child has closed its output.
  @discardableResult
  func read() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count > 0 {
        printed += buffer[..<count]
        if printed.count > 2 * Self.keptBytes { printed.removeFirst(printed.count - Self.keptBytes) }
      } else {
        return count == 0 || errno != EAGAIN && errno != EINTR
      }
    }
  }

  /// True when the child has ended; `status` then says how.
  var hasEnded: Bool {
    guard status == nil else { return true }
    var raw: Int32 = 0
    guard waitpid(id, &raw, WNOHANG) == id else { return false }
    status = raw
    read()
    return true
  }

  /// Reads on until the child has ended; false when the deadline passes first.
  func wait(_ deadline: Deadline) -> Bool {
    while !hasEnded {
      guard !deadline.hasPassed else { return false }
      var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      poll(&ready, 1, min(deadline.leftMs, 20))
      // A closed output is always ready; the end of the process itself is a moment behind it.
      if read() { usleep(1_000) }
    }
    return true
  }

  /// Asks the child to end, and kills it when it has not by the deadline.
  func end(within ms: Int) {
    guard !hasEnded else { return }
    kill(id, SIGTERM)
    if !wait(.after(ms: ms)) { kill(-id, SIGKILL) }
    _ = wait(.after(ms: 1_000))
  }

  /// How it ended, in words.
  var death: String {
    guard let status else { return "it is still running" }
    let signal = status & 0x7F
    return signal == 0 ? "it ended with exit code \((status >> 8) & 0xFF)" : "it crashed: \(String(cString: strsignal(signal)))"
  }
}
