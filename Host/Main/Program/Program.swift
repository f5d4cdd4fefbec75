// The program: nothing but its beginning.

import Commands
import Isolation

@main
struct Program {
  static func main() async {
    // Before anything else: a worker's walls are those of its first thread.
    if Array(CommandLine.arguments.dropFirst()) == ["worker"] { WorkerMain.run() }
    await Patchbay.launch()
  }
}
