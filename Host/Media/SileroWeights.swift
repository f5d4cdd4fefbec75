// The weights of the Silero voice detector, mapped from a file once and shared by all calls.

import Glibc

/// Why a weights file cannot be used. The energy detector serves instead; say so to the operator with this sentence.
public struct SileroWeightsError: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  public let reason: String
  public var description: String {
    "\(file): the voice detector's weights cannot be used: \(reason); extract them again (Tests/Tools/extract-silero.py)."
  }
}

/// One network's weights, read-only and shared: load once per rate and process and hand the same object to every `SileroVAD`.
///
/// The file is flat little-endian float32 in the order of `Layout`; matrices are packed as `kernels_affine` reads them.
public final class SileroWeights: Sendable {
  /// Hz: 8,000 or 16,000.
  public let sampleRate: UInt32
  let layout: Layout
  nonisolated(unsafe) let floats: UnsafePointer<Float>

  /// Maps the file. Pages are shared with other processes that map it.
  /// - Parameters:
  ///   - path: `silero-8k.f32` or `silero-16k.f32` as the extractor wrote it.
  ///   - sampleRate: which of the two networks the file holds, 8,000 or 16,000 Hz.
  public init(path: String, sampleRate: UInt32) throws(SileroWeightsError) {
    guard let layout = Layout(sampleRate: sampleRate) else {
      throw SileroWeightsError(file: path, reason: "there is no network for \(sampleRate) Hz, only for 8,000 and 16,000")
    }
    let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard fd >= 0 else { throw SileroWeightsError(file: path, reason: String(cString: strerror(errno))) }
    defer { close(fd) }
    var status = stat()
    let bytes = layout.count * MemoryLayout<Float>.size
    guard fstat(fd, &status) == 0, Int(status.st_size) == bytes else {
      throw SileroWeightsError(file: path, reason: "it has \(status.st_size) bytes where \(bytes) were expected")
    }
    guard let mapped = mmap(nil, bytes, PROT_READ, MAP_SHARED, fd, 0), mapped != MAP_FAILED else {
      throw SileroWeightsError(file: path, reason: String(cString: strerror(errno)))
    }
    let floats = UnsafePointer(mapped.assumingMemoryBound(to: Float.self))
    // No weight of the real networks is beyond 100; a file of something else hardly ever passes.
    guard UnsafeBufferPointer(start: floats, count: layout.count).allSatisfy({ abs($0) < 1_000 }) else {
      munmap(mapped, bytes)
      throw SileroWeightsError(file: path, reason: "it does not hold weights")
    }
    self.sampleRate = sampleRate
    self.layout = layout
    self.floats = floats
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: floats), layout.count * MemoryLayout<Float>.size)
  }

  /// A matrix in the file and the bias behind it, as `kernels_affine` takes them. Places are counted in floats.
  struct Matrix {
    let place: Int
    let bias: Int?
    let inner: Int
    let columns: Int
  }

  /// The dimensions of a network and where each part begins in the file.
  struct Layout {
    let windowSamples: Int
    /// Samples of the previous window that precede the present one; as many are mirrored behind it.
    let context: Int
    /// Samples from one piece of the spectrum to the next, and frequencies in each.
    let hop: Int
    let bins: Int

    /// Real parts, then imaginary parts, then columns of zeros up to a whole block.
    let transform: Matrix
    let convolutions: (Matrix, Matrix, Matrix, Matrix)
    let gates: Matrix
    /// 128 weights and a bias.
    let output: Int
    let count: Int

    init?(sampleRate: UInt32) {
      guard sampleRate == 8_000 || sampleRate == 16_000 else { return nil }
      let scale = Int(sampleRate) / 8_000
      windowSamples = 256 * scale
      context = 32 * scale
      hop = 64 * scale
      bins = 64 * scale + 1

      var end = 0
      func matrix(_ inner: Int, _ columns: Int, biased: Bool = true) -> Matrix {
        let place = end
        end += inner * columns + (biased ? columns : 0)
        return Matrix(place: place, bias: biased ? place + inner * columns : nil, inner: inner, columns: columns)
      }
      transform = matrix(128 * scale, (2 * bins + 15) / 16 * 16, biased: false)
      convolutions = (matrix(3 * bins, 128), matrix(3 * 128, 64), matrix(3 * 64, 64), matrix(64, 128))
      gates = matrix(128 + 128, 4 * 128)
      output = end
      count = end + 128 + 1
    }
  }
}
