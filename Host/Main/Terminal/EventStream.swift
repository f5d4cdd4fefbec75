// A stream of events that is open.

/// Yields events as they come. One owner at a time; blocks the thread it is used on; closed when it goes away.
public final class EventStream {
  private let wire: Wire
  private var reply: ReplyReader
  private var reader: EventReader
  private var waiting: ArraySlice<ServerEvent> = []

  init(_ wire: Wire, _ reply: ReplyReader) {
    self.wire = wire
    self.reply = reply
    reader = EventReader(from: reply.name)
  }

  /// The next event; nil when the host has ended the stream.
  /// - Throws: `late` when none comes before the deadline; the stream may be asked again.
  public func next(_ deadline: Deadline) throws(ControlError) -> ServerEvent? {
    while true {
      waiting += try reader.feed(reply.takeBody())
      if let event = waiting.popFirst() { return event }
      if reply.isDone { return nil }
      if let bytes = try wire.receive(deadline) { try reply.feed(bytes) } else { try reply.ended() }
    }
  }
}
