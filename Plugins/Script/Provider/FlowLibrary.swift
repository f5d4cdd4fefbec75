// The flows of a provider: each file is read once and serves all calls.

import Dialogue
import FoundationEssentials
import PluginKit
import Synchronization
import Vox

/// Reads flow files and keeps what was made of them. Callable from any thread; a file is read under the lock, which only the
/// first session of a flow waits for.
final class FlowLibrary: Sendable {
  /// A flow with the agent that follows it.
  struct Entry: Sendable {
    let flow: Flow
    let dialogue: Dialogue
  }

  private let host: Host
  private let entries = Mutex<[String: Entry]>([:])

  init(_ host: Host) { self.host = host }

  /// The flow in the file, as it was when it was first asked for.
  /// - Throws: `ProviderError` whose sentence names the file and the line at fault.
  func flow(at path: String) throws -> Entry {
    try entries.withLock { entries in
      if let known = entries[path] { return known }
      let text: Data
      do {
        text = try Data(contentsOf: URL(filePath: path))
      } catch {
        throw ProviderError(
          .invalid, "The flow file \(path) cannot be read: \(FlowLibrary.reason(error)).", scope: .account, code: "flow_unreadable")
      }
      do {
        let flow = try Flow(yaml: String(decoding: text, as: UTF8.self), file: path)
        let entry = Entry(flow: flow, dialogue: Dialogue(flow))
        entries[path] = entry
        return entry
      } catch {
        throw ProviderError(.invalid, "\(error)", scope: .account, code: "flow_invalid")
      }
    }
  }

  private static func reason(_ error: any Error) -> String {
    (error as? CocoaError)?.code == .fileReadNoSuchFile ? "there is no such file" : "\(error)"
  }
}
