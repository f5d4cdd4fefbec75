// The program: nothing but its beginning.

import Commands

@main
struct Program {
  static func main() async { await Patchbay.launch() }
}
