// The items of one provider: compare-and-set, bounded; a pure machine.

/// Versions count up through all items and are never given twice, also not after an item was removed.
struct StateItems: Sendable, Equatable {
  struct Item: Sendable, Equatable {
    var version: UInt64
    var value: [UInt8]
  }

  private(set) var items: [String: Item] = [:]
  private(set) var lastVersion: UInt64 = 0

  init() {}

  init(items: [String: Item], lastVersion: UInt64) {
    self.items = items
    self.lastVersion = max(lastVersion, items.values.map(\.version).max() ?? 0)
  }

  subscript(_ key: String) -> Item? { items[key] }
  var values: [String: [UInt8]] { items.mapValues(\.value) }
  var bytes: Int { items.reduce(0) { $0 + $1.key.utf8.count + $1.value.value.count } }

  enum Outcome: Equatable { case stored(version: UInt64), conflict, full }

  /// Stores `value`, or removes the item when it is empty, if the version is `expected`: 0 = absent, the largest number = any.
  mutating func put(_ key: String, _ value: [UInt8], expected: UInt64) -> Outcome {
    let current = items[key]?.version ?? 0
    guard expected == .max || expected == current else { return .conflict }
    let before = items[key]
    items[key] = value.isEmpty ? nil : Item(version: lastVersion + 1, value: value)
    guard bytes <= Limits.stateBytes else {
      items[key] = before
      return .full
    }
    lastVersion += 1
    return .stored(version: lastVersion)
  }
}
