// Damage to bytes that every reader must survive.

public import Testing
import Vox

public enum Damage {
  /// What is left of a stream that is cut before `mark` first stands in it, at every fifth place.
  public static func cuts(of stream: String, before mark: String) throws -> [[UInt8]] {
    let bytes = Array(stream.utf8)
    let mark = Array(mark.utf8)
    let end = try #require(bytes.indices.first { bytes[$0...].starts(with: mark) })
    return stride(from: 0, to: end, by: 5).map { Array(bytes[..<$0]) }
  }

  /// Has copies read with a wrong byte each, at every third place: each is read, or refused with a classified error.
  public static func wrongBytes(
    in stream: String, sourceLocation: SourceLocation = #_sourceLocation, _ read: ([UInt8]) throws -> Void
  ) {
    let bytes = Array(stream.utf8)
    for at in stride(from: 0, to: bytes.count, by: 3) {
      for wrong in [UInt8(0), 0x0A, 0x22, 0x7B, 0xFF] {
        var broken = bytes
        broken[at] = wrong
        do { try read(broken) } catch { #expect(error is ProviderError, sourceLocation: sourceLocation) }
      }
    }
  }
}
