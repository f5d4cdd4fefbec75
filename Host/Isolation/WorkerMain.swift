// The other side: a process that runs one plugin for the host.

import Glibc

/// What the program does when it was started as a worker.
public enum WorkerMain {
  /// The descriptor on which the host has put the socket.
  public static let socketDescriptor: Int32 = 3

  /// Serves the host until it lets go of the socket; then, or when the host dies, the process ends. To be called before the process
  /// starts a thread, since the walls of the sandbox are those of the calling thread and of all that it starts later.
  public static func run(fd: Int32 = socketDescriptor) -> Never {
    signal(SIGPIPE, SIG_IGN)
    clearenv()
    WorkerRuntime(ControlSocket(fd)).serve()
  }
}
