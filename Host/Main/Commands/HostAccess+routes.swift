// The way to the routes of the host's providers.

import Terminal
import Vox

extension HostAccess {
  /// A client of the port on which the host serves its providers' routes.
  func routes() throws(Stop) -> ControlClient {
    let host = try get("/v1/host")
    guard let address = host["listen"]?.string.flatMap(Address.init(tcp:)) else {
      throw Stop(.unavailable, "the host does not tell where it listens; use the command of the host's version")
    }
    return ControlClient(address)
  }
}
