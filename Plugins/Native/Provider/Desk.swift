// The functions with the threads that call them.

import NativeEngine
import PluginKit
import Vox

/// What all sessions share. Nothing in it changes.
final class Desk: Sendable {
  let catalogue: Catalogue
  /// `functions` of the operator's settings.
  let functions: JSONValue
  /// One for each library: libraries may not bear two calls at the same time, and one that hangs holds up nobody else.
  private let lanes: [Int: Lane]

  init(_ host: Host, _ catalogue: Catalogue, _ functions: JSONValue) {
    self.catalogue = catalogue
    self.functions = functions
    let libraries = Dictionary(catalogue.functions.values.map { ($0.libraryID, $0.declaration.library) }, uniquingKeysWith: { min($0, $1) })
    lanes = libraries.mapValues { Lane(host, library: $0) }
  }

  func lane(of function: NativeFunction) -> Lane? { lanes[function.libraryID] }

  func stop() {
    for lane in lanes.values { lane.stop() }
  }
}
