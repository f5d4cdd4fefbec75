// The network's forward pass against ONNX Runtime, and its refusal of anything that is not its weights.

import CommonHarness
import FoundationEssentials
import Glibc
import Media
import Testing

@Suite struct SileroVADTests {
  /// Our forward pass gives the probabilities of ONNX Runtime, at both rates.
  @Test(.enabled(if: silero(8_000) != nil && silero(16_000) != nil, "\(weightsHint)"), arguments: [8_000, 16_000])
  func agreesWithONNXRuntime(rate: UInt32) throws {
    struct Vectors: Decodable {
      var checksum: Int
      var probabilities: [Float]
    }
    let json = try Data(contentsOf: root.appending(path: "Tests/Vectors/silero-\(rate / 1_000)k.json"))
    let vectors = try JSONDecoder().decode(Vectors.self, from: json)
    let samples = vectorSignal(rate: Int(rate))
    #expect(samples.reduce(0) { $0 + Int($1) } == vectors.checksum)

    let detector = SileroVAD(weights: try #require(silero(rate)))
    let ours = probabilities(samples, detector)
    #expect(ours.count == vectors.probabilities.count)
    let worst = zip(ours, vectors.probabilities).map { abs($0 - $1) }.max()
    #expect(try #require(worst) < 1e-4)
  }

  /// Streams that share a network, however many have a window at once, answer as each would alone; one that is reset or goes away with a
  /// window unconcluded disturbs nobody.
  @Test(.enabled(if: silero(8_000) != nil, "\(weightsHint)")) func streamsTogether() throws {
    let weights = try #require(silero(8_000))
    let samples = vectorSignal(rate: 8_000)
    // Each begins elsewhere in the signal.
    let offsets = (0..<19).map { $0 * 1_000 }
    let windows = 40
    let alone = offsets.map { offset in
      probabilities(Array(samples[offset..<offset + windows * 256]), SileroVAD(weights: weights))
    }
    let network = SileroNetwork(weights)
    let streams = offsets.map { _ in SileroVAD(network) }
    samples.withUnsafeBufferPointer { samples in
      for w in 0..<windows {
        func window(_ i: Int) -> UnsafeBufferPointer<Int16> {
          let start = offsets[i] + w * 256
          return UnsafeBufferPointer(rebasing: samples[start..<start + 256])
        }
        let present = offsets.indices.filter { (w + $0) % 5 != 0 }
        let late = offsets.indices.filter { (w + $0) % 5 == 0 }
        do {
          let passer = SileroVAD(network)
          passer.hear(window(0))
          let undone = SileroVAD(network)
          undone.hear(window(1))
          undone.reset()
        }
        for i in present { streams[i].hear(window(i)) }
        for i in present.reversed() { #expect(abs(streams[i].conclude() - alone[i][w]) < 1e-5) }
        for i in late { #expect(abs(streams[i].probability(window(i)) - alone[i][w]) < 1e-5) }
      }
    }
  }

  /// A reset stream answers as a new one does.
  @Test(.enabled(if: silero(8_000) != nil, "\(weightsHint)")) func resetForgets() throws {
    let detector = SileroVAD(weights: try #require(silero(8_000)))
    let samples = Array(vectorSignal(rate: 8_000).prefix(8_000))
    let first = probabilities(samples, detector)
    #expect(probabilities(samples, detector) != first)
    detector.reset()
    #expect(probabilities(samples, detector) == first)
  }

  /// A window of the wrong length is not listened to, instead of reading past its end.
  @Test(.enabled(if: silero(16_000) != nil, "\(weightsHint)")) func wrongWindow() throws {
    let detector = SileroVAD(weights: try #require(silero(16_000)))
    #expect([Int16](repeating: 9_000, count: 256).withUnsafeBufferPointer { detector.probability($0) } == 0)
  }

  /// A missing file, another file, and a file of the right size with other content are each refused with a sentence that names it.
  @Test func refusesWhatIsNotWeights() throws {
    let folder = Scratch()
    func refusal(_ path: String, _ rate: UInt32 = 8_000) -> String? {
      do {
        _ = try SileroWeights(path: path, sampleRate: rate)
        return nil
      } catch {
        return error.description
      }
    }
    let missing = folder.file("missing.f32")
    #expect(refusal(missing)?.hasPrefix("\(missing): ") == true)
    let short = try folder.write("short.f32", [1, 2, 3])
    #expect(refusal(short)?.contains("3 bytes where 882180 were expected") == true)
    let noise = try folder.write("noise.f32", [UInt8](repeating: 0x7F, count: 882_180))
    #expect(refusal(noise)?.contains("does not hold weights") == true)
    #expect(refusal(noise, 44_100)?.contains("no network for 44100 Hz") == true)
    #expect(refusal(folder.path)?.contains(folder.path) == true)
  }
}
