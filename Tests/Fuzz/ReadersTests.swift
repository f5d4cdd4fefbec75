// Random and damaged input to everything that reads bytes of strangers.

import Base
import Testing

struct ReadersTests {
  /// Five thousand inputs per reader, half of them damaged copies of good ones: each is read to its end or refused.
  @Test(arguments: Readers.all.indices)
  func anything(index: Int) {
    let reader = Readers.all[index]
    var random = Random(seed: 7 + UInt64(index))
    var read = 0
    for round in 0..<5_000 {
      var bytes =
        round % 2 == 0
        ? Array(reader.seed.utf8) : (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        default: bytes.insert(contentsOf: bytes[at...], at: at)
        }
      }
      bytes.withUnsafeBytes { reader.read($0) }
      read += 1
    }
    #expect(read == 5_000, "\(reader.name)")
  }
}
