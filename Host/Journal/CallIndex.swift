// The newest calls in memory, kept up to date by the facts of a running host.

public import Base

/// A bounded projection of the journal: the newest calls, by id. Feed it every entry in order.
public struct CallIndex: Sendable {
  private let capacity: Int
  private var calls: [CallID: CallSummary] = [:]
  private var order: ArraySlice<CallID> = []

  /// - Parameter capacity: how many calls are kept, some 300 bytes each; the oldest leaves first.
  public init(capacity: Int = 10_000) { self.capacity = max(1, capacity) }

  public var count: Int { calls.count }
  public subscript(id: CallID) -> CallSummary? { calls[id] }

  /// Takes in one fact. Facts of a call that was never offered here, or that has left the index, change nothing.
  public mutating func apply(_ entry: Entry) {
    if case .hostStarted = entry.fact {
      for id in order { calls[id]?.hostStarted() }
    }
    guard let id = entry.subject.call else { return }
    if calls[id] == nil {
      guard case .callOffered = entry.fact else { return }
      insert(id)
    }
    calls[id]?.apply(entry)
  }

  /// The newest calls first.
  /// - Parameters:
  ///   - before: only calls older than this one, to turn the page.
  ///   - tenant: only this tenant's; another tenant's calls are never part of the answer.
  public func newest(_ limit: Int, before: CallID? = nil, tenant: String? = nil) -> [CallSummary] {
    var found: [CallSummary] = []
    for id in order.reversed() where found.count < limit {
      if let before, id >= before { continue }
      guard let call = calls[id], tenant == nil || call.tenant == tenant else { continue }
      found.append(call)
    }
    return found
  }

  /// Calls that are going on.
  public var live: [CallSummary] { order.compactMap { calls[$0] }.filter { $0.state == .live } }

  private mutating func insert(_ id: CallID) {
    if order.count >= capacity, let oldest = order.popFirst() { calls[oldest] = nil }
    calls[id] = CallSummary(id)
    // Ids sort by the time they were made; two lines may hand theirs in a little out of order.
    var place = order.endIndex
    while place > order.startIndex, order[place - 1] > id { place -= 1 }
    order.insert(id, at: place)
  }
}
