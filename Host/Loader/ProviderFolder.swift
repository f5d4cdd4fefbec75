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

  /// The state of every provider whose file can be read, by name; nil while the folder itself cannot.
  public mutating func look() -> [String: State]? {
    guard let names = try? ProviderFile.names(in: path) else { return nil }
    var read: [String: Known] = [:]
    var states: [String: State] = [:]
    for name in names {
      // Before the file is read: what is written meanwhile is seen the next time.
      guard let stamp = FileStamp("\(path)/\(name)"), let now = unchanged(name, stamp) ?? readAnew(name, stamp) else { continue }
      read[name] = now
      states[now.provider] = State(file: stamp, library: FileStamp(now.library))
    }
    known = read
    return states
  }

  private func unchanged(_ name: String, _ stamp: FileStamp) -> Known? { known[name].flatMap { $0.stamp == stamp ? $0 : nil } }

  private func readAnew(_ name: String, _ stamp: FileStamp) -> Known? {
    ProviderFile.read(name, in: path).value.map { Known(stamp: stamp, provider: $0.name, library: $0.libraryPath(in: libraries)) }
  }
}
