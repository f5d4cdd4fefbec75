// A script with everything it plays already loaded, from which any number of callers can be made at once.

import Sound

/// What a caller plays, ready to go. Immutable.
public struct CallPlan: Sendable {
  public enum Part: Sendable {
    case sound(Recording)
    /// ASCII keys, signalled beside the sound.
    case keys([UInt8])
    case pause(samples: Int)
  }

  public let script: CallScript
  public let line: LineFormat
  public let parts: [Part]

  /// Loads everything the script plays; reads the disk.
  /// - Parameter line: for a script that does not choose its own.
  /// - Throws: a sentence that names the file, or the key that is none.
  public init(_ script: CallScript, line standard: LineFormat) throws {
    let line = LineFormat(rate: script.rate ?? standard.rate, codec: script.codec ?? standard.codec)
    self.script = script
    self.line = line
    parts = try script.turns.map { turn in
      switch turn.act {
      case .file(let path): return .sound(try Recording(path: path, line: line))
      case .pause(let ms): return .pause(samples: Int(line.rate) * ms / 1_000)
      case .keys(let keys):
        // Made in any case, because that is how a character that is no key is found before the call.
        let tones = Recording(samples: try DTMF.tones(keys, sampleRate: line.rate))
        return script.keysAreTones ? .sound(tones) : .keys(Array(keys.utf8))
      }
    }
  }
}
