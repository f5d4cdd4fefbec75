// Changes the sample rate of live 16-bit audio with libspeexdsp.

import CSpeexDSP

/// Why a resampler cannot be made.
public struct ResamplerError: Error, Equatable, Sendable, CustomStringConvertible {
  public let from: UInt32
  public let to: UInt32
  public let reason: String
  public var description: String { "Cannot resample from \(from) to \(to) Hz: \(reason)." }
}

/// A stream of samples at one rate turned into the same sound at another.
///
/// Quality 5 of libspeexdsp: 2 to 7 us for 20 ms, 2.5 to 5 ms of delay, aliases below -100 dB. Between equal rates it copies.
/// `process` and `reset` do not allocate, lock or block. One owner at a time, any thread.
public final class Resampler {
  public let from: UInt32
  public let to: UInt32
  /// Nil between equal rates.
  private let state: OpaquePointer?

  private static let quality: Int32 = 5

  /// - Parameters:
  ///   - from: rate of the input in Hz, 4,000 to 192,000.
  ///   - to: rate of the output in Hz, the same range.
  public init(from: UInt32, to: UInt32) throws(ResamplerError) {
    // The filter table grows with the ratio; these limits keep it below a megabyte whatever a file claims.
    let range: ClosedRange<UInt32> = 4_000...192_000
    guard range.contains(from), range.contains(to) else {
      throw ResamplerError(from: from, to: to, reason: "rates from 4,000 to 192,000 Hz are supported")
    }
    self.from = from
    self.to = to
    guard from != to else {
      state = nil
      return
    }
    var code: Int32 = 0
    guard let made = speex_resampler_init(1, from, to, Self.quality, &code) else {
      throw ResamplerError(from: from, to: to, reason: String(cString: speex_resampler_strerror(code)))
    }
    state = made
  }

  deinit {
    if let state { speex_resampler_destroy(state) }
  }

  /// The room that `process` needs to consume `count` input samples in one go.
  public func maxOutput(for count: Int) -> Int {
    Int((UInt64(max(count, 0)) * UInt64(to)).dividedRoundingUp(by: UInt64(from))) + 1
  }

  /// Resamples until the input is consumed or the output is full. The buffers must not overlap.
  /// - Returns: input samples taken and output samples made. Give the rest of the input again once there is room.
  public func process(
    _ input: UnsafeBufferPointer<Int16>, into output: UnsafeMutableBufferPointer<Int16>
  ) -> (consumed: Int, produced: Int) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return (0, 0) }
    guard let state else {
      let count = min(input.count, output.count)
      target.update(from: source, count: count)
      return (count, count)
    }
    var consumed = 0
    var produced = 0
    while consumed < input.count, produced < output.count {
      var taken = UInt32(clamping: input.count - consumed)
      var made = UInt32(clamping: output.count - produced)
      let code = speex_resampler_process_int(state, 0, source + consumed, &taken, target + produced, &made)
      guard code == 0, taken > 0 || made > 0 else { break }
      consumed += Int(taken)
      produced += Int(made)
    }
    return (consumed, produced)
  }

  /// Forgets the past, so that an unrelated stream can begin.
  public func reset() {
    if let state { speex_resampler_reset_mem(state) }
  }

  /// A whole recording at once, without the delay of a live stream: the result starts with the sound and lasts as long.
  /// For tools and tests.
  public static func convert(_ samples: [Int16], from: UInt32, to: UInt32) throws(ResamplerError) -> [Int16] {
    let resampler = try Resampler(from: from, to: to)
    guard let state = resampler.state else { return samples }
    speex_resampler_skip_zeros(state)
    let tail = [Int16](repeating: 0, count: Int(speex_resampler_get_input_latency(state)))
    let wanted = Int((UInt64(samples.count) * UInt64(to)).dividedRoundingUp(by: UInt64(from)))
    var result = [Int16](repeating: 0, count: wanted)
    var done = 0
    result.withUnsafeMutableBufferPointer { output in
      for part in [samples, tail] {
        part.withUnsafeBufferPointer { done += resampler.process($0, into: .init(rebasing: output[done...])).produced }
      }
    }
    return result
  }
}

extension UInt64 {
  fileprivate func dividedRoundingUp(by divisor: UInt64) -> UInt64 { self / divisor + (self % divisor == 0 ? 0 : 1) }
}
