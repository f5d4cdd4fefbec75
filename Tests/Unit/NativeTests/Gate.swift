// A function that does not return before the test lets it.

import Glibc
import Vox

/// The two pipes of the fixture's `wait_for_pipe`.
final class Gate {
  private struct NoPipe: Error {}

  private var begun: [Int32] = [0, 0]
  private var end: [Int32] = [0, 0]

  init() throws {
    guard pipe(&begun) == 0, pipe(&end) == 0 else { throw NoPipe() }
  }

  deinit {
    open()
    // The function reads `end` until it returns, so its descriptors stay as they are.
    for descriptor in begun { close(descriptor) }
  }

  /// The declaration, made of the test's own.
  func tool(_ make: (String, JSONValue, JSONValue) -> JSONValue, _ more: JSONValue = [:]) -> JSONValue {
    let begun = JSONValue.int(Int64(self.begun[1])), end = JSONValue.int(Int64(self.end[0]))
    return make(
      "wait_for_pipe", [["name": "begun", "type": "int32", "value": begun], ["name": "end", "type": "int32", "value": end]], more)
  }

  /// Waits until the function runs.
  func hasBegun() -> Bool {
    var event = pollfd(fd: begun[0], events: Int16(POLLIN), revents: 0)
    return poll(&event, 1, 10_000) == 1
  }

  /// Lets it return 9.
  func open() {
    var byte: UInt8 = 9
    _ = write(end[1], &byte, 1)
  }
}
