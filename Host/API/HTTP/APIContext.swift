// What is known of a request besides itself: by which door it came.

import HTTPTypes
import Hummingbird
import NIOCore

/// The context of one request.
struct APIContext: RequestContext {
  /// Where the peer stands.
  enum Door: Sendable {
    /// At the control socket, which only this host's own user can open.
    case control
    /// On this machine, by TCP.
    case loopback
    case world
  }

  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Set by the front door before any route sees the request.
  var door = Door.world

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// By which door a TCP request came. One that a proxy on this machine passed on comes from the world.
  func tcpDoor(_ headers: HTTPFields) -> Door {
    guard let name = HTTPField.Name("x-forwarded-for"), let standard = HTTPField.Name("forwarded"), headers[name] == nil,
      headers[standard] == nil, let address = channel.remoteAddress?.ipAddress
    else { return .world }
    return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.") ? .loopback : .world
  }
}
