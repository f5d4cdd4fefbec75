// Sound of lines that are said again and again: greetings, fillers, questions that return.

import Synchronization

/// Keeps the sounds that were used last, within a number of bytes.
///
/// Any thread. A lookup holds a lock for a look into a table, so it belongs to the start of an utterance and not on the 20 ms path;
/// what it answers is a value that needs no lock to be played. Only whole sounds come in: `Recording` gives none of an utterance that
/// was cut, failed, or grew too long. Nothing is kept on disk: a host that starts again has each line spoken once.
public final class AudioCache: Sendable {
  /// What it did so far.
  public struct Counts: Equatable, Sendable {
    public internal(set) var hits = 0
    public internal(set) var misses = 0
    public internal(set) var evicted = 0
    /// Bytes held now.
    public internal(set) var bytes = 0
    /// Sounds held now.
    public internal(set) var sounds = 0
  }

  private struct Entry {
    let sound: SpokenSound
    var used: UInt64
  }

  private struct State {
    var entries: [SpokenSound.Key: Entry] = [:]
    var clock: UInt64 = 0
    var counts = Counts()
  }

  /// Far more than the repeated lines of a thousand agents; it bounds the walk that finds the oldest.
  private static let maxSounds = 4096

  private let maxBytes: Int
  private let state = Mutex(State())

  /// - Parameter maxBytes: of sound; 16 MiB are eight minutes at 16 kHz, some hundred lines.
  public init(maxBytes: Int = 16 << 20) { self.maxBytes = max(maxBytes, 0) }

  public var counts: Counts { state.withLock { $0.counts } }

  /// The sound of a line; nil when it is not known. Any thread, at the start of an utterance.
  public func sound(_ key: SpokenSound.Key) -> SpokenSound? {
    state.withLock { state in
      guard state.entries[key] != nil else {
        state.counts.misses += 1
        return nil
      }
      state.clock += 1
      state.counts.hits += 1
      state.entries[key]?.used = state.clock
      return state.entries[key]?.sound
    }
  }

  /// Keeps the sound of a whole utterance. The least recently used make room; one that is larger than the cache is not taken.
  public func store(_ sound: SpokenSound, for key: SpokenSound.Key) {
    guard !sound.samples.isEmpty, sound.bytes <= maxBytes else { return }
    state.withLock { state in
      if let old = state.entries.removeValue(forKey: key) { state.counts.bytes -= old.sound.bytes }
      while state.counts.bytes + sound.bytes > maxBytes || state.entries.count >= Self.maxSounds {
        guard let oldest = state.entries.min(by: { $0.value.used < $1.value.used })?.key,
          let gone = state.entries.removeValue(forKey: oldest)
        else { break }
        state.counts.bytes -= gone.sound.bytes
        state.counts.evicted += 1
      }
      state.clock += 1
      state.entries[key] = Entry(sound: sound, used: state.clock)
      state.counts.bytes += sound.bytes
      state.counts.sounds = state.entries.count
    }
  }
}
