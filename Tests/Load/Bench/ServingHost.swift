// `patchbay serve` as a process of its own.

import Glibc

/// Serves from when `init` returns until this goes away.
final class ServingHost {
  let pid: pid_t
  /// Its standard output, open for as long as it may write.
  private let output: Int32

  /// - Throws: when the program cannot be started, or ends before it serves.
  init(_ place: Place, _ folder: HostFolder) throws {
    let program = "\(place.libraries)/patchbay"
    let words = [
      program, "serve", "--state", "\(folder.path)/state", "--config", "\(folder.path)/config", "--plugins", "\(folder.path)/plugins.d",
      "--libraries", place.libraries, "--weights", place.weights, "--listen", "127.0.0.1:0", "--log-level", "error",
    ]
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else { throw BenchError("no pipe to \(program)") }
    output = pipe[0]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, pipe[0])
    var arguments = words.map { strdup($0) } + [nil]
    defer { for word in arguments { free(word) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, program, &actions, nil, &arguments, environ)
    close(pipe[1])
    self.pid = status == 0 ? pid : 0
    guard status == 0 else { throw BenchError("\(program) cannot be started: \(String(cString: strerror(status)))") }
    // It says so in one line once it serves.
    var said = ""
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1 {
      said.unicodeScalars.append(Unicode.Scalar(byte))
      if byte == UInt8(ascii: "\n"), said.contains("Serving") { return }
    }
    throw BenchError("\(program) ended before it served; try: \(words.joined(separator: " "))")
  }

  deinit {
    defer { close(output) }
    guard pid > 0 else { return }
    kill(pid, SIGTERM)
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
  }
}
