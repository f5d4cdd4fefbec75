// What a line saw of the recordings it was given, while they were there.

import Glibc
import Sound
import Synchronization
import Vox

/// Lengths of the files that the turns of a call name.
final class Seen: Sendable {
  private let found = Mutex<[Double]>([])
  var seconds: [Double] { found.withLock { $0 } }

  /// Looks at every file of a call's description.
  func look(_ body: String) {
    for turn in (try? JSONValue(parsing: body))?["turns"]?.array ?? [] {
      guard let path = turn["file"]?.string, let reader = try? WAVReader(path: path) else { continue }
      found.withLock { $0.append(Double(reader.sampleCount) / Double(reader.sampleRate)) }
    }
  }
}

/// Makes a file readable for its owner alone.
func chmodPrivate(_ path: String) -> Bool { chmod(path, 0o600) == 0 }

/// Makes a file as long as it should seem, without writing that much.
func grow(_ path: String, to bytes: Int) -> Bool { truncate(path, off_t(bytes)) == 0 }
