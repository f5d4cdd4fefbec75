// What a caller's voice and line sound like on average; taken from every frame before it is compared with the model.

import Glibc

public struct CepstralMean: Hashable, Sendable {
  private let start: [Float]
  private var sum: [Float]
  public private(set) var frames = 0
  nonisolated(unsafe) static var weight: Float = getenv("W").flatMap { Float(String(cString: $0)) } ?? 150
  nonisolated(unsafe) static var window = getenv("WIN").flatMap { Int(String(cString: $0)) } ?? 1500

  public init(start: [Float]) {
    self.start = start
    sum = [Float](repeating: 0, count: start.count)
  }

  public var now: [Float] {
    start.indices.map { (start[$0] * Self.weight + sum[$0]) / (Self.weight + Float(frames)) }
  }

  public mutating func add(sum more: [Float], frames count: Int) {
    guard count > 0, more.count == sum.count else { return }
    for i in sum.indices { sum[i] += more[i] }
    frames += count
    if frames > Self.window {
      let keep = Float(Self.window) / Float(frames)
      for i in sum.indices { sum[i] *= keep }
      frames = Self.window
    }
  }
}
