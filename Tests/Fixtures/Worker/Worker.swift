// The worker program of the tests: what `patchbay worker` does, and nothing else.

import Isolation
import Profile

@main
struct Worker {
  static func main() {
    profile_keep()
    WorkerMain.run()
  }
}
