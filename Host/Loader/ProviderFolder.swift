// A plugin folder under watch.

public import Config

/// The providers of a folder as somebody sees them who looks every second: a file is read again only once it has changed.
public struct ProviderFolder: Sendable {
  /// What there is of one provider.
  public struct State: Equatable, Sendable {
    let file: FileStamp
    /// Nil when there is no such library.
    let library: FileStamp?
  }

  /// What a file said, and in which state it did.
  private struct Known {
    let stamp: FileStamp
    let provider: String
    let library: String
  }

  private let path: String
  private let libraries: String
  private var known: [String: Known] = [:]

  /// - Parameters:
  ///   - path: `plugins.d`.
  ///   - libraries: where relative library names are looked for.
  public init(_ path: String, libraries: String) {
    self.path = path
    self.libraries = libraries
  }

  /// The state of every provider whose file can be read, by name.
  public mutating func look() -> [String: State] {
    var read: [String: Known] = [:]
    var states: [String: State] = [:]
    for path in (try? ProviderFile.paths(in: path)) ?? [] {
      // Before the file is read: what is written meanwhile is seen the next time.
      guard let stamp = FileStamp(path), let now = unchanged(path, stamp) ?? Self.read(path, stamp, libraries) else { continue }
      read[path] = now
      states[now.provider] = State(file: stamp, library: FileStamp(now.library))
    }
    known = read
    return states
  }

  private func unchanged(_ path: String, _ stamp: FileStamp) -> Known? { known[path].flatMap { $0.stamp == stamp ? $0 : nil } }

  private static func read(_ path: String, _ stamp: FileStamp, _ libraries: String) -> Known? {
    ProviderFile.read(path).value.map { Known(stamp: stamp, provider: $0.name, library: $0.libraryPath(in: libraries)) }
  }
}
