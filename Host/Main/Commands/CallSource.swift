// Where the commands read calls: from the running host, or from its journal on disk.

import Base
import FoundationEssentials
import Journal
import Terminal
import Vox

/// A way to the calls of a host.
enum CallSource {
  case host(ControlClient)
  /// The folder of a journal; read only.
  case journal(String)

  /// The running host of the state folder, else the journal it left there.
  static func find(_ options: HostOptions) throws(Stop) -> CallSource {
    if try HostAccess.isRunning(options) { return .host(options.client) }
    guard Places.isFolder(options.journal) else {
      throw Stop(
        .noInput,
        "no host runs in \(options.state), and there is no journal in it; start one with `patchbay serve`, or name its folder with --state")
    }
    return .journal(options.journal)
  }

  /// The newest calls first.
  func newest(_ limit: Int, before: CallID?) throws(Stop) -> [CallSummary] {
    switch self {
    case .journal(let folder):
      do throws(Problem) { return try CallHistory(folder: folder).newest(limit, before: before) } catch {
        throw Stop(.noInput, error.message)
      }
    case .host(let client):
      struct Page: Decodable { let calls: [CallSummary] }
      let page = before.map { "&before=\($0)" } ?? ""
      return try decode(Page.self, client, "/v1/calls?limit=\(limit)\(page)").calls
    }
  }

  /// One call whole.
  func record(of id: CallID) throws(Stop) -> CallRecord {
    switch self {
    case .journal(let folder):
      let found: CallRecord?
      do throws(Problem) { found = try CallHistory(folder: folder).record(of: id) } catch { throw Stop(.noInput, error.message) }
      guard let found else { throw Stop(.failed, "the journal in \(folder) knows no call \(id)") }
      return found
    case .host(let client): return try decode(CallRecord.self, client, "/v1/calls/\(id)")
    }
  }

  private func decode<T: Decodable>(_ type: T.Type, _ client: ControlClient, _ path: String) throws(Stop) -> T {
    let json = try client.fetch(path)
    do { return try JSONDecoder().decode(T.self, from: Data(json.text.utf8)) } catch {
      throw Stop(
        .unavailable, "\(client.address) answered \(path) in a form that this command does not know; use the command of the host's version")
    }
  }
}

extension JSONValue {
  /// A value of the host as JSON, for programs.
  init(encoding value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let bytes = (try? encoder.encode(value)) ?? Data()
    self = (try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self))) ?? .null
  }
}
