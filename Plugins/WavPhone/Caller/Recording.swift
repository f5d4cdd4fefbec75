// Sound that a caller plays: a WAV file as it sounds on this line.

import Sound

/// The samples of a file, resampled to the line and through its codec once, so that nothing is left to do per frame.
/// Immutable, so any number of callers share it.
public final class Recording: Sendable {
  public let samples: [Int16]

  /// Half an hour: beyond it, a file by mistake (a whole day's recording) would fill the memory.
  private static let maxSeconds = 1_800

  public init(samples: [Int16]) { self.samples = samples }

  /// Loads a file; reads the disk. The silence at its end is cut off, because the caller has finished speaking there.
  /// - Throws: a sentence that names the file.
  public convenience init(path: String, line: LineFormat) throws {
    let reader = try WAVReader(path: path)
    guard reader.sampleCount <= Self.maxSeconds * Int(reader.sampleRate) else {
      throw CallScriptError(reason: "\(path) is longer than \(Self.maxSeconds / 60) minutes; cut it into shorter files")
    }
    var samples = try Self.resampled(try WAVReader.samples(path: path).samples, from: reader.sampleRate, to: line.rate)
    line.codec.roundTrip(&samples)
    let end = samples.lastIndex { $0.magnitude > LineFormat.quietPeak } ?? -1
    samples.removeLast(samples.count - 1 - end)
    self.init(samples: samples)
  }

  private static func resampled(_ samples: [Int16], from: UInt32, to: UInt32) throws -> [Int16] {
    guard from != to else { return samples }
    let resampler = try Resampler(from: from, to: to)
    var out = [Int16](repeating: 0, count: resampler.maxOutput(for: samples.count))
    let made = samples.withUnsafeBufferPointer { input in
      out.withUnsafeMutableBufferPointer { resampler.process(input, into: $0).produced }
    }
    out.removeLast(out.count - made)
    return out
  }
}

/// How sound travels on a line.
public struct LineFormat: Equatable, Sendable {
  public enum Codec: String, Equatable, Sendable {
    case pcm, ulaw, alaw

    /// What is left of the samples after the line's codec.
    public func roundTrip(_ samples: inout [Int16]) { samples.withUnsafeMutableBufferPointer { roundTrip($0) } }

    public func roundTrip(_ samples: UnsafeMutableBufferPointer<Int16>) {
      switch self {
      case .pcm: break
      case .ulaw: for i in samples.indices { samples[i] = G711.muLaw.decode(G711.muLaw.encode(samples[i])) }
      case .alaw: for i in samples.indices { samples[i] = G711.aLaw.decode(G711.aLaw.encode(samples[i])) }
      }
    }
  }

  /// Below this peak (about -45 dBFS) a recording is taken for silent.
  static let quietPeak: UInt16 = 180

  /// Hz.
  public var rate: UInt32
  public var codec: Codec
  /// Samples of 20 ms.
  public var frame: Int { Int(rate) / 50 }

  public init(rate: UInt32, codec: Codec) {
    self.rate = rate
    self.codec = codec
  }
}
