// The vector kernels against plain loops.

import CommonHarness
import Glibc
import Kernels
import Testing

@Suite struct KernelsTests {
  /// The chosen kernel and the portable one both compute the matrix product, for every number of rows and streams, with and without bias
  /// and ReLU.
  @Test(arguments: [1, 2, 4], [1, 3, 4, 7, 8, 11]) func affine(rows: Int, streams: Int) {
    // Nothing divides the inner dimension: it is split into sums all the same.
    let (inner, columns, stride, relu) = (197, 48, 65, streams > 3)
    var noise = Noise(seed: UInt64(rows))
    // Room for a stream's input or output, whichever is longer.
    let next = stride * rows + inner
    let x = noise.white(next * streams)
    let weight = noise.white(inner * columns)
    let bias = relu ? noise.white(columns) : nil
    var packed = [Float](repeating: 0, count: inner * columns)
    for c in 0..<columns { for k in 0..<inner { packed[c / 16 * 16 * inner + k * 16 + c % 16] = weight[k * columns + c] } }

    let shape = kernels_streams(count: streams, next: next)
    var fast = [Float](repeating: .nan, count: next * streams)
    var portable = fast
    kernels_affine(shape, x, stride, rows, packed, bias, inner, columns, &fast, relu ? 1 : 0)
    kernels_affine_portable(shape, x, stride, rows, packed, bias, inner, columns, &portable, relu ? 1 : 0)
    for s in 0..<streams {
      for r in 0..<rows {
        for c in 0..<columns {
          var sum = Double(bias?[c] ?? 0)
          for k in 0..<inner { sum += Double(x[s * next + r * stride + k]) * Double(weight[k * columns + c]) }
          if relu { sum = max(sum, 0) }
          #expect(abs(Double(fast[s * next + r * columns + c]) - sum) < 1e-4)
          #expect(abs(Double(portable[s * next + r * columns + c]) - sum) < 1e-4)
        }
      }
    }
    #expect(fast.filter { !$0.isNaN }.count == streams * rows * columns, "nothing but the outputs is written")
  }

  /// The LSTM step uses its own exponential; it agrees with the C library's over the whole range, also where the gates saturate.
  @Test func lstm() {
    let count = 128
    var noise = Noise(seed: 3)
    let gates = (0..<4 * count).map { i in noise.uniform() * (i % 7 == 0 ? 200 : 6) }
    var cell = noise.white(count)
    var hidden = [Float](repeating: 0, count: count)
    func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }
    let expected = (0..<count).map { i in
      let c = sigmoid(gates[count + i]) * Double(cell[i]) + sigmoid(gates[i]) * tanh(Double(gates[2 * count + i]))
      return (c, sigmoid(gates[3 * count + i]) * tanh(c))
    }
    kernels_lstm(gates, count, &cell, &hidden)
    for i in 0..<count {
      #expect(abs(Double(cell[i]) - expected[i].0) < 2e-6)
      #expect(abs(Double(hidden[i]) - expected[i].1) < 2e-6)
    }
  }

  /// Magnitudes are right also for counts that fill no whole vector.
  @Test func magnitude() {
    var out = [Float](repeating: 0, count: 65)
    kernels_magnitude([Float](repeating: 3, count: 65), [Float](repeating: -4, count: 65), 65, &out)
    #expect(out == [Float](repeating: 5, count: 65))
  }
}
