// Sounds on disk, one file each, so that a host that starts again has its greetings.

import Glibc

/// A folder of sounds. Every call waits for the disk; any thread, one at a time for the same file.
///
/// A file is written beside its place and moved there, and carries a checksum: after a crash or a full disk there is a whole sound or
/// none. The checksum is against damage, not against people: who can write here can change what callers hear.
public struct SoundFolder: Sendable {
  /// What the disk said, as a sentence.
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
  }

  private static let ending = ".sound"
  private let path: String

  /// - Parameter path: of a folder; it is made, for its owner alone, when the first sound is written.
  public init(path: String) { self.path = path }

  func write(_ sound: SpokenSound, for key: SpokenSound.Key) throws(Failure) {
    let bytes = SoundFile.bytes(sound, key)
    let name = path + "/" + SoundFile.name(key) + Self.ending
    let draft = name + ".draft"
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("make the folder", path) }
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("write", draft) }
    var at = 0
    while at < bytes.count {
      let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + at }, $0.count - at) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        let failure = failure("write", draft)
        close(file)
        unlink(draft)
        throw failure
      }
      at += written
    }
    close(file)
    guard rename(draft, name) == 0 else { throw failure("move into place", name) }
  }

  /// What the folder holds, newest first, up to so many bytes. What is damaged or of an older form is removed.
  func all(maxBytes: Int) -> [(key: SpokenSound.Key, sound: SpokenSound)] {
    var found: [(SpokenSound.Key, SpokenSound)] = []
    var total = 0
    for file in files() {
      guard let bytes = read(file.path, file.size), let (key, sound) = SoundFile.parse(bytes) else {
        unlink(file.path)
        continue
      }
      guard total + sound.bytes <= maxBytes else { break }
      total += sound.bytes
      found.append((key, sound))
    }
    return found
  }

  /// Removes the oldest files until the folder is within so many bytes.
  func shrink(to maxBytes: Int) {
    var total = 0
    for file in files() {
      total += file.size
      if total > maxBytes { unlink(file.path) }
    }
  }

  /// Newest first.
  private func files() -> [(path: String, size: Int, time: Int)] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var files: [(path: String, size: Int, time: Int)] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
      }
      var facts = stat()
      guard name.hasSuffix(Self.ending), lstat(path + "/" + name, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { continue }
      files.append((path + "/" + name, Int(facts.st_size), Int(facts.st_mtim.tv_sec) * 1_000_000 + Int(facts.st_mtim.tv_nsec) / 1000))
    }
    return files.sorted { $0.time > $1.time }
  }

  private func read(_ name: String, _ size: Int) -> [UInt8]? {
    guard size <= SoundFile.maxBytes else { return nil }
    let file = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: size)
    var at = 0
    while at < size {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress.map { $0 + at }, size - at) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return nil }
      at += got
    }
    return bytes
  }

  private func failure(_ what: String, _ name: String) -> Failure {
    Failure(description: "could not \(what) '\(name)': \(String(cString: strerror(errno))); sounds stay in memory only")
  }
}
