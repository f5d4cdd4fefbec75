// A program started for a test, without Foundation's Process: that reads beyond its buffer where a test program has many files open.

import Glibc

/// It runs until its standard input closes, or this object goes away.
final class ChildProcess {
  private let pid: pid_t
  private let input: Int32
  private let output: Int32

  /// - Throws: when it cannot be started.
  init(_ program: String, _ arguments: [String]) throws {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
      throw Emulator.Unavailable(description: "no pipe to \(program): \(String(cString: strerror(errno)))")
    }
    for file in toChild + fromChild { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, program, &actions, nil, &words, environ)
    close(toChild[0])
    close(fromChild[1])
    (input, output, self.pid) = (toChild[1], fromChild[0], pid)
    guard status == 0 else { throw Emulator.Unavailable(description: "\(program) cannot be started: \(String(cString: strerror(status)))") }
  }

  deinit {
    close(input)
    close(output)
    guard pid > 0 else { return }
    kill(pid, SIGTERM)
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
  }

  /// The next line of its output, without its end; what there is when the output ends. At most 64 KiB.
  func readLine() -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < 65_536, read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }
}
