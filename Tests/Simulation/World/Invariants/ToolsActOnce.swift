// I6: what a tool does is done once.

import Vox

/// Every tool call of a plan acts on a number of its own.
final class ToolsActOnce: Invariant {
  override var id: String { "I6" }
  override var sentence: String { "a tool call takes effect at most once, also across hand-over and retry" }

  private var acted: Set<[Int]> = []

  override func acted(_ call: CallRecord, _ number: Int) {
    if !acted.insert([call.number, number]).inserted { report(call, "the tool acted twice on \(number)") }
  }
}
