// One number for everything that happened, in order.

/// FNV-1a over 64-bit words (http://www.isthe.com/chongo/tech/comp/fnv), each mixed at once: enough to tell two runs apart.
struct Trace {
  private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func mix(_ kind: UInt64, _ a: UInt64, _ b: UInt64, _ c: Int, _ d: Int) {
    for word in [kind, a, b, UInt64(bitPattern: Int64(c)), UInt64(bitPattern: Int64(d))] { mix(word) }
  }

  mutating func mix(_ word: UInt64) {
    hash = (hash ^ word) &* 0x100_0000_01b3
    hash ^= hash >> 29
  }

  var text: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
