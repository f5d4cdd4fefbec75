// What can be wrong with a WAV file, each as one sentence that names the file.

/// Why a WAV file cannot be read or written. `description` is fit to be shown to an operator as it is.
public enum WAVError: Error, Equatable, Sendable, CustomStringConvertible {
  case cannotOpen(file: String, reason: String)
  case notAFile(file: String)
  case empty(file: String)
  case tooLarge(file: String, bytes: Int64)
  /// `start` is what stands where "RIFF" should.
  case notRIFF(file: String, start: String)
  /// `part` is the part of the header that is cut off or missing.
  case truncated(file: String, part: String)
  /// `what` names the field and its value; the sentence goes on to say what is supported.
  case unsupported(file: String, what: String)
  case cannotRead(file: String, reason: String)
  case cannotWrite(file: String, reason: String)

  public var description: String {
    switch self {
    case .cannotOpen(let file, let reason): "\(file): cannot be opened: \(reason)."
    case .notAFile(let file): "\(file): is not a regular file; give the path of a WAV file."
    case .empty(let file): "\(file): is empty (0 bytes); a WAV file was expected."
    case .tooLarge(let file, let bytes):
      "\(file): has \(bytes) bytes, more than the 2 GB a WAV file may have here; cut it into shorter files."
    case .notRIFF(let file, let start):
      "\(file): is not a WAV file: it starts with \"\(start)\" where \"RIFF....WAVE\" was expected; convert it, for example with sox."
    case .truncated(let file, let part): "\(file): is cut off: \(part) is missing or incomplete."
    case .unsupported(let file, let what):
      """
      \(file): \(what) is not supported; use PCM of 8, 16, 24 or 32 bits, 32-bit float, mu-law or A-law, with one or two channels \
      at 4,000 to 192,000 Hz.
      """
    case .cannotRead(let file, let reason): "\(file): reading failed: \(reason)."
    case .cannotWrite(let file, let reason): "\(file): writing failed: \(reason)."
    }
  }
}
