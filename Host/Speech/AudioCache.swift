// Sound of lines that are said again and again: greetings, fillers, questions that return.

import Synchronization

/// Keeps the sounds that were used last, within a number of bytes.
///
/// Any thread. A lookup holds a lock for a look into a table, so it belongs to the start of an utterance and not on the 20 ms path;
/// what it answers is a value that needs no lock to be played. Only whole sounds come in: `Recording` gives none of an utterance that
/// was cut, failed, or grew too long.
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
    /// It is in the folder as well.
    var isKept: Bool
  }

  private struct State {
    var entries: [SpokenSound.Key: Entry] = [:]
    var clock: UInt64 = 0
    var counts = Counts()
  }

  /// Far more than the repeated lines of a thousand agents; it bounds the walk that finds the oldest.
  private static let maxSounds = 4096

  private let maxBytes: Int
  private let folder: SoundFolder?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - maxBytes: of sound; 64 MiB are half an hour at 16 kHz.
  ///   - folder: where sounds outlive the host; nil keeps them in memory alone.
  public init(maxBytes: Int = 64 << 20, folder: SoundFolder? = nil) {
    self.maxBytes = max(maxBytes, 0)
    self.folder = folder
  }

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
  public func store(_ sound: SpokenSound, for key: SpokenSound.Key) { store(sound, for: key, isKept: false) }

  private func store(_ sound: SpokenSound, for key: SpokenSound.Key, isKept: Bool) {
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
      state.entries[key] = Entry(sound: sound, used: state.clock, isKept: isKept)
      state.counts.bytes += sound.bytes
      state.counts.sounds = state.entries.count
    }
  }

  /// Forgets everything of a provider but its present generation.
  public func retire(provider: String, butGeneration generation: UInt64) {
    state.withLock { state in
      for (key, entry) in state.entries where key.provider == provider && key.generation != generation {
        state.entries.removeValue(forKey: key)
        state.counts.bytes -= entry.sound.bytes
      }
      state.counts.sounds = state.entries.count
    }
  }

  // MARK: The folder

  /// Takes in what the folder holds, newest first, as long as there is room. Waits for the disk: before the first call, or on a
  /// thread of its own. Files that are damaged are removed.
  public func load() {
    guard let folder else { return }
    for (key, sound) in folder.all(maxBytes: maxBytes).reversed() { store(sound, for: key, isKept: true) }
  }

  /// Writes what is not in the folder yet. Waits for the disk: on a thread of its own, now and then and at the end.
  ///
  /// - Throws: what the disk said to the first sound that could not be written; the others are written all the same.
  public func save() throws(SoundFolder.Failure) {
    guard let folder else { return }
    let unkept = state.withLock { state in state.entries.filter { !$0.value.isKept }.map { ($0.key, $0.value.sound) } }
    var failure: SoundFolder.Failure?
    for (key, sound) in unkept {
      do throws(SoundFolder.Failure) {
        try folder.write(sound, for: key)
        state.withLock { $0.entries[key]?.isKept = true }
      } catch {
        failure = failure ?? error
      }
    }
    folder.shrink(to: maxBytes)
    if let failure { throw failure }
  }
}
