// A broken machine: a tool is called twice.

/// Each call reaches the tool a second time, with another key.
final class ToolTwice: Border {
  override var deliveries: Int { 2 }
}
