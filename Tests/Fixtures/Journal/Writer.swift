// A host that does nothing but keep a journal, and is killed in the middle of it.

import Base
import Glibc
import Journal

/// `journal-writer FOLDER COUNT`: writes facts into the journal of the folder, and a byte into its file `acknowledged` for each that
/// the journal calls durable; kills itself with SIGKILL at the fact of that number.
@main
struct Writer {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let last = Int(arguments[2]) else { return print("usage: journal-writer FOLDER COUNT") }
    let journal = try Journal(folder: arguments[1], clock: SystemClock())
    let told = open(arguments[1] + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    for number in 1... {
      let fact = Fact.heard(.init(turn: 1, text: "\(number)", confidence: 0.9, startMs: 10, endMs: 20, provider: "ears"))
      journal.append(
        fact, about: .host,
        onDurable: {
          _ = write(told, "x", 1)
          if number == last { kill(getpid(), SIGKILL) }
        })
      if number % 64 == 0 { try await journal.flush() }
    }
  }
}
