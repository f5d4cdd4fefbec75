// The vector kernels against plain loops.

import CommonHarness
import Glibc
import Kernels
import Testing

@Suite struct KernelsTests {
  /// The chosen kernel and the portable one both compute the matrix product, for every number of rows, with and without bias and ReLU.
  @Test(arguments: [1, 2, 4], [false, true]) func affine(rows: Int, relu: Bool) {
    let (inner, columns, stride) = (195 / (4 / rows) * (4 / rows), 48, 65)
    var noise = Noise(seed: UInt64(rows))
    let x = noise.white(stride * rows + inner)
    let weight = noise.white(inner * columns)
    let bias = relu ? noise.white(columns) : nil
    var packed = [Float](repeating: 0, count: inner * columns)
    for c in 0..<columns { for k in 0..<inner { packed[c / 16 * 16 * inner + k * 16 + c % 16] = weight[k * columns + c] } }

    var fast = [Float](repeating: .nan, count: rows * columns)
    var portable = fast
    kernels_affine(x, stride, rows, packed, bias, inner, columns, &fast, columns, relu ? 1 : 0)
    kernels_affine_portable(x, stride, rows, packed, bias, inner, columns, &portable, columns, relu ? 1 : 0)
    for r in 0..<rows {
      for c in 0..<columns {
        var sum = Double(bias?[c] ?? 0)
        for k in 0..<inner { sum += Double(x[r * stride + k]) * Double(weight[k * columns + c]) }
        if relu { sum = max(sum, 0) }
        #expect(abs(Double(fast[r * columns + c]) - sum) < 1e-4)
        #expect(abs(Double(portable[r * columns + c]) - sum) < 1e-4)
      }
    }
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
