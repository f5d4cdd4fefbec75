// The line on which a synthetic caller calls.

import Base
import Config
import Loader
import Terminal
import Vox

/// A provider of the role telephony that places calls when it is asked over HTTP.
struct CallLine {
  let name: String
  /// The key its route asks for; empty when it asks for none.
  private let key: String

  /// Placing takes a moment of reading files.
  private static let placeMs = 30_000

  /// - Parameters:
  ///   - name: the provider.
  ///   - folder: of the providers' files, from one of which the key is learnt.
  init(_ name: String, in folder: String) throws(Stop) {
    self.name = name
    let file = ProviderFile.readAll(in: folder).files.first { $0.name == name }
    key = try file.map { file throws(Stop) in try Self.key(of: file, folder) } ?? ""
  }

  private static func key(of file: ProviderFile, _ folder: String) throws(Stop) -> String {
    guard let reference = file.secrets["control_key"].flatMap(SecretReference.init) else { return "" }
    do throws(Problem) { return try reference.resolve(relativeTo: folder, masker: Masker()).reveal { $0 } } catch {
      throw Stop(.config, "\(file.path): secrets.control_key: \(error.message)")
    }
  }

  /// Asks the line to place a call; answers the line's own name for it.
  func place(_ order: CallOrder, over client: ControlClient) throws(Stop) -> String {
    let reply = try stopping { () throws(ControlError) in
      try client.send("POST", "/providers/\(name)/calls", order.json, bearer: key, deadlineMs: Self.placeMs)
    }
    switch reply.status {
    case 200..<300: return reply.json["call"]?.string ?? ""
    case 400: throw Stop(.badData, reply.complaint)
    case 404:
      throw Stop(
        .unavailable,
        "the line '\(name)' places no calls here; load a provider of that name that serves such a route (see: patchbay plugins)")
    default: throw Stop(.unavailable, "the line '\(name)' did not place the call: \(reply.complaint)")
    }
  }
}
