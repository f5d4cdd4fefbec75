// The worker program of the tests: what `patchbay worker` does, and nothing else.

import Isolation

@main
struct Worker {
  static func main() { WorkerMain.run() }
}
