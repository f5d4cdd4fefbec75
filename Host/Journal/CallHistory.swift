// The calls in a journal on disk: listed from the newest back, or one of them read whole.

public import Base

/// Reads calls from a journal's folder without holding more of it than one segment. Works beside a running host and without one.
public struct CallHistory: Sendable {
  private let folder: JournalFolder

  public init(folder: String) { self.folder = JournalFolder(path: folder) }

  /// The newest calls first. Reads segments backwards and stops as soon as the page is full.
  /// - Parameters:
  ///   - before: only calls older than this one, to turn the page.
  ///   - tenant: only this tenant's.
  public func newest(_ limit: Int, before: CallID? = nil, tenant: String? = nil) throws(Problem) -> [CallSummary] {
    var whole: [CallSummary] = []
    var tails: [CallID: CallSummary] = [:]
    var hostStartedLater = false
    for segment in try folder.segments().reversed() where whole.count < limit {
      let (calls, hostStarted) = try read(segment)
      for (id, head) in calls {
        var call = head
        if let tail = tails.removeValue(forKey: id) {
          call = head.joined(with: tail)
        } else if hostStartedLater {
          call.hostStarted()
        }
        if call.startedWallMs == nil {
          tails[id] = call
        } else if before.map({ id < $0 }) ?? true, tenant == nil || call.tenant == tenant {
          whole.append(call)
        }
      }
      hostStartedLater = hostStartedLater || hostStarted
    }
    return Array(whole.sorted { $0.id > $1.id }.prefix(max(0, limit)))
  }

  /// Everything the journal knows about a call; nil when it knows nothing.
  public func record(of id: CallID) throws(Problem) -> CallRecord? {
    let segments = try folder.segments()
    let made = id.madeAtWallMs ?? 0
    var start = segments.endIndex - 1
    while start > 0, try firstWallMs(segments[start]) > made - min(made, Limits.wallSlackMs) { start -= 1 }
    if let record = try record(of: id, in: segments[max(0, start)...]) { return record }
    // The wall clock may have been set back since; then only the whole journal will do.
    return start > 0 ? try record(of: id, in: segments[..<start]) : nil
  }

  private func record(of id: CallID, in segments: ArraySlice<JournalFolder.Segment>) throws(Problem) -> CallRecord? {
    let reader = JournalReader(folder, segments, follows: false)
    var record: CallRecord?
    var endedWallMs: UInt64?
    while let item = try reader.next() {
      guard case .record(let found) = item else { continue }
      if let endedWallMs, found.wallMs > endedWallMs + Limits.wallSlackMs { break }
      if found.kind == .hostStarted { record?.hostStarted() }
      guard found.subject.call == id else { continue }
      record = record ?? CallRecord(id)
      if let entry = try? reader.entry(found) { record?.apply(entry) } else { record?.unreadable += 1 }
      if found.kind == .callEnded { endedWallMs = found.wallMs }
    }
    return record
  }

  private func read(_ segment: JournalFolder.Segment) throws(Problem) -> (calls: [CallID: CallSummary], hostStarted: Bool) {
    let reader = JournalReader(folder, [segment], follows: false)
    var calls: [CallID: CallSummary] = [:]
    var hostStarted = false
    while let item = try reader.next() {
      guard case .record(let record) = item, let kind = record.kind else { continue }
      if kind == .hostStarted {
        hostStarted = true
        for id in calls.keys { calls[id]?.hostStarted() }
      }
      guard let id = record.subject.call else { continue }
      var call = calls[id] ?? CallSummary(id)
      switch kind {
      case .callOffered, .callAnswered, .callEnded:
        if let entry = try? reader.entry(record) { call.apply(entry) }
      case .turnEnded:
        // A waterfall is all numbers, so the turn is found without decoding it; decoding every turn would triple the time.
        call.count(turn: Int(clamping: EntryJSON.number("\"turn\":", in: record.payload[record.head.payload]) ?? 0))
      default: break
      }
      call.tenant = call.tenant ?? record.subject.tenant
      call.agent = call.agent ?? record.subject.agent
      calls[id] = call
    }
    return (calls, hostStarted)
  }

  private func firstWallMs(_ segment: JournalFolder.Segment) throws(Problem) -> UInt64 {
    let reader = JournalReader(folder, [segment], follows: false)
    while let item = try reader.next() {
      if case .record(let record) = item { return record.wallMs }
    }
    return .max
  }
}

extension ID {
  /// The wall clock in the id's first ten letters.
  var madeAtWallMs: UInt64? {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var value: UInt64 = 0
    for letter in text.utf8.dropFirst(Kind.prefix.utf8.count).prefix(10) {
      guard let digit = alphabet.firstIndex(of: letter) else { return nil }
      value = value << 5 | UInt64(digit)
    }
    return value
  }
}
