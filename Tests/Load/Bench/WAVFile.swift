// Writes the callers' recordings.

import Sound

enum WAVFile {
  static func write(_ samples: [Int16], rate: UInt32, to path: String) throws {
    let writer = try WAVWriter(path: path, sampleRate: rate)
    try samples.withUnsafeBufferPointer { try writer.append($0) }
    try writer.close()
  }
}
