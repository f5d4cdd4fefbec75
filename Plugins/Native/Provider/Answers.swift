// What calls were answered, for those that are tried again.

/// The last answers by their keys.
struct Answers<Answer> {
  /// A call is tried again within seconds; with the largest results these are 16 MiB.
  private static var kept: Int { 256 }

  private var byKey: [String: Answer] = [:]
  /// Oldest first.
  private var keys: [String] = []

  subscript(key: String) -> Answer? { byKey[key] }

  mutating func keep(_ answer: Answer, under key: String) {
    if byKey.updateValue(answer, forKey: key) == nil { keys.append(key) }
    if keys.count > Self.kept { byKey[keys.removeFirst()] = nil }
  }
}
