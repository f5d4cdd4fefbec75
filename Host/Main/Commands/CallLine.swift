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

  /// Finds the line.
  /// - Parameters:
  ///   - name: the provider that is meant when neither rate nor codec is asked for.
  ///   - rate, codec: then a provider of the same library whose settings say so.
  ///   - folder: of the providers' files.
  init(_ name: String, rate: Int?, codec: String?, in folder: String) throws(Stop) {
    let files = ProviderFile.readAll(in: folder).files
    let named = files.first { $0.name == name }
    let chosen: ProviderFile?
    if rate == nil, codec == nil {
      chosen = named
    } else {
      chosen = files.first { $0.enabled && $0.library == named?.library && Self.fits($0.settings, rate, codec) }
      guard chosen != nil else {
        let wish = [rate.map { "rate: \($0)" }, codec.map { "codec: \($0)" }].compactMap(\.self).joined(separator: ", ")
        throw Stop(
          .unavailable, "\(folder) has no line like '\(name)' with \(wish); copy \(named?.path ?? "its file") under another name and add these settings")
      }
    }
    self.name = chosen?.name ?? name
    key = try chosen.map { file throws(Stop) in try Self.key(of: file, folder) } ?? ""
  }

  /// The defaults are those of a line that says nothing: 16 kHz, and nothing done to the sound.
  private static func fits(_ settings: JSONValue, _ rate: Int?, _ codec: String?) -> Bool {
    let runsAt = settings["rate"]?.int ?? 16_000
    let soundsLike = settings["codec"]?.string ?? "pcm"
    return rate.map { $0 == runsAt } ?? true && codec.map { $0 == soundsLike } ?? true
  }

  private static func key(of file: ProviderFile, _ folder: String) throws(Stop) -> String {
    guard let reference = file.secrets["control_key"].flatMap(SecretReference.init) else { return "" }
    do throws(Problem) { return try reference.resolve(relativeTo: folder, masker: Masker()).reveal { $0 } } catch {
      throw Stop(.config, "\(file.path): secrets.control_key: \(error.message)")
    }
  }

  /// Asks the line to place a call; answers the line's own name for it.
  func place(_ order: CallOrder, over routes: ControlClient) throws(Stop) -> String {
    var reply = try post(order, "/providers/\(name)/calls", routes)
    // A line may have been granted a place at the root instead of the one below its own name.
    if reply.status == 404 { reply = try post(order, "/\(name)/calls", routes) }
    switch reply.status {
    case 200..<300: return reply.json["call"]?.string ?? ""
    case 400: throw Stop(.badData, reply.complaint)
    case 404:
      throw Stop(.unavailable, "the line '\(name)' places no calls here; load a provider of that name that serves such a route (see: patchbay plugins)")
    default: throw Stop(.unavailable, "the line '\(name)' did not place the call: \(reply.complaint)")
    }
  }

  private func post(_ order: CallOrder, _ path: String, _ routes: ControlClient) throws(Stop) -> ControlClient.Reply {
    try stopping { () throws(ControlError) in try routes.send("POST", path, order.json, bearer: key, deadlineMs: Self.placeMs) }
  }
}
