// The routes plugins made: who may serve what, and the way of a request to its provider and back.

public import Base
import HTTPTypes
import Hummingbird
public import Loader
import NIOCore
import NIOHTTP1
import NIOPosix
public import Observe
public import PluginABI
import Synchronization
import Vox

/// The services `vox.http_server/0` and `vox.socket/0`. Make it before the providers are loaded, because they ask for their
/// routes when their accounts open, and keep it for as long as the process lives.
public final class RouteTable: Sendable {
  private struct State {
    var publicURL: PublicURL?
    var clients: [ObjectIdentifier: PluginClient] = [:]
    var routes: [String: [Route]] = [:]
  }

  /// The threads of the server.
  let group: MultiThreadedEventLoopGroup
  let sockets: OpenSockets
  private let pending = PendingRequests()
  private let state: Mutex<State>

  /// - Parameters:
  ///   - publicURL: how the world reaches this host, as `https://calls.example.com`; empty = the address it listens on.
  ///   - threads: for HTTP, and as many for WebSockets; 0 = one for every four cores.
  ///   - metrics: where sockets and requests are counted.
  /// - Throws: a sentence when `publicURL` is no URL, or the system has no thread left.
  public init(publicURL: String = "", threads: Int = 0, clock: any Clock, metrics: Metrics) throws(Problem) {
    let url = PublicURL(publicURL)
    guard url != nil || publicURL.isEmpty else {
      throw Problem(
        .invalid, code: "public_url", "the public URL '\(publicURL)' is none; write it as https://calls.example.com, without a query")
    }
    state = Mutex(State(publicURL: url))
    let threads = threads > 0 ? min(threads, 64) : max(1, System.coreCount / 4)
    group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    sockets = try OpenSockets(threads: threads, clock: clock, metrics)
  }

  /// Sockets open now.
  public var openSockets: Int { sockets.count }

  /// Makes both services known to the providers of a host. A provider is given them when its manifest says that it has routes.
  public func offer(to host: HostContext) {
    host.offer(VOX_SERVICE_HTTP_SERVER) { [self] provider in client(of: provider).map { UnsafeRawPointer($0.http) } }
    host.offer(VOX_SERVICE_SOCKET) { [self] provider in client(of: provider).map { UnsafeRawPointer($0.socket) } }
  }

  /// `vox.socket/0` for the sockets that come in on a provider's routes; nil when it has none.
  public func sockets(of provider: Provider) -> UnsafePointer<vox_socket_v0>? {
    provider.manifest.routes ? client(of: provider).map { UnsafePointer($0.socket) } : nil
  }

  private func client(of provider: Provider) -> PluginClient? {
    guard provider.manifest.routes else {
      provider.log("the manifest must say \"routes\": true for a plugin that serves HTTP", level: Int32(VOX_LOG_WARNING))
      return nil
    }
    return state.withLock { state in
      if let known = state.clients[ObjectIdentifier(provider)] { return known }
      let made = PluginClient(provider, self)
      state.clients[ObjectIdentifier(provider)] = made
      return made
    }
  }

  /// Ends what a provider serves: its routes go, its waiting requests are answered 503, its sockets close with 1001.
  /// Call it when its account has closed.
  public func retire(_ provider: Provider) {
    let client = state.withLock { state in
      let client = state.clients[ObjectIdentifier(provider)]
      for (path, routes) in state.routes {
        let left = routes.filter { $0.client !== client }
        state.routes[path] = left.isEmpty ? nil : left
      }
      return client
    }
    guard let client else { return }
    for request in pending.takeAll(of: client) { request.complete(.gone) }
    sockets.retire(client.id)
  }

  /// The server listens at `url`, which stands in for a public URL that the operator did not give.
  func listens(at url: String) { state.withLock { $0.publicURL = $0.publicURL ?? PublicURL(url) } }

  // MARK: What plugins call

  func route(_ client: PluginClient, _ account: vox_handle, _ r: vox_route) -> vox_status {
    guard account == client.provider.accountHandle, r.struct_size >= UInt32(MemoryLayout<vox_route>.size) else {
      return vox_status(VOX_INVALID)
    }
    do throws(RoutePath.Refusal) {
      try add(client, r)
      return vox_status(VOX_OK)
    } catch {
      client.provider.log(error.sentence, level: Int32(VOX_LOG_ERROR))
      return vox_status(VOX_INVALID)
    }
  }

  private func add(_ client: PluginClient, _ r: vox_route) throws(RoutePath.Refusal) {
    let provider = client.provider
    let asked = r.path.string
    guard r.flags & ~UInt32(VOX_ROUTE_SOCKET | VOX_ROUTE_CONTROL) == 0 else {
      throw RoutePath.Refusal("the route '\(asked)' has flags this host does not know")
    }
    guard r.max_body <= Limits.bodyBytes else {
      throw RoutePath.Refusal("the route '\(asked)' wants bodies of \(r.max_body) bytes; at most \(Limits.bodyBytes) are taken")
    }
    let isSocket = r.flags & UInt32(VOX_ROUTE_SOCKET) != 0
    let isControl = r.flags & UInt32(VOX_ROUTE_CONTROL) != 0
    guard !isControl || !isSocket && !asked.hasPrefix("/public/") else {
      throw RoutePath.Refusal("the route '\(asked)' is for commands, so it can be neither public nor a WebSocket")
    }
    let method = r.method.string
    guard isSocket || HTTPRequest.Method(method) != nil else {
      throw RoutePath.Refusal("the route '\(asked)' has no valid method")
    }
    let path = try RoutePath.served(asked, provider: provider.name, grants: provider.publicRoutes).get()
    let route = Route(
      ask: isSocket ? .socket : .method(method), isControl: isControl, client: client, token: r.token, maxBody: Int(r.max_body),
      timeoutMs: r.timeout_ms == 0 ? Limits.timeoutMs : min(Int(r.timeout_ms), Limits.longestTimeoutMs))
    try state.withLock { state throws(RoutePath.Refusal) in
      var routes = state.routes[path, default: []].filter { $0.client.provider.accountState != .closed }
      // Another generation of the same provider may take over what it served before.
      let others = routes.filter { $0.client === client ? $0.ask == route.ask : $0.client.provider.name != provider.name }
      if let other = others.first {
        throw RoutePath.Refusal("the route '\(path)' is already served by the provider \(other.client.provider.name)")
      }
      guard state.routes.values.joined().count(where: { $0.client === client }) < Limits.routesPerProvider else {
        throw RoutePath.Refusal("more than \(Limits.routesPerProvider) routes are not served for one provider")
      }
      // The newest is asked first.
      routes.insert(route, at: 0)
      state.routes[path] = routes
    }
  }

  func respond(_ client: PluginClient, _ request: vox_handle, _ r: vox_response) -> vox_status {
    guard pending.peek(request, client) != nil else { return vox_status(VOX_STALE) }
    guard let response = Response(r) else {
      client.provider.log(
        "a response needs a status from 200 to 599, valid headers and at most \(Limits.responseBytes >> 20) MiB",
        level: Int32(VOX_LOG_ERROR))
      return vox_status(VOX_INVALID)
    }
    guard let waiting = pending.take(request, client) else { return vox_status(VOX_STALE) }
    waiting.complete(.response(response))
    return vox_status(VOX_OK)
  }

  func accept(_ client: PluginClient, _ request: vox_handle, owner: vox_handle, token: UInt64) -> vox_status {
    guard let waiting = pending.peek(request, client) else { return vox_status(VOX_STALE) }
    let channel = waiting.channel
    guard waiting.isSocket, client.provider.owns(owner),
      let connection = sockets.open(client.id, client.provider, owner, token, hangUp: { channel.close(promise: nil) })
    else { return vox_status(VOX_INVALID) }
    channel.closeFuture.whenComplete { _ in connection.handshakeEnded() }
    guard let taken = pending.take(request, client) else {
      sockets.abandon(connection)
      return vox_status(VOX_STALE)
    }
    taken.complete(.accepted(connection))
    return vox_status(VOX_OK)
  }

  // MARK: What peers ask

  /// What is served at a path; a provider whose account has closed serves nothing.
  func routes(at path: String) -> [Route] {
    state.withLock { $0.routes[path] ?? [] }.filter { $0.client.provider.accountState != .closed }
  }

  /// Asks the plugin. `complete` is called once, on any thread.
  ///
  /// - Parameter target: path and query as they stood in the request.
  func ask(
    _ route: Route, method: String, target: String, headers: [(name: String, value: String)], body: UnsafeBufferPointer<UInt8>,
    channel: any Channel, complete: @escaping @Sendable (Answer) -> Void
  ) {
    let isSocket = route.ask == .socket
    guard let base = state.withLock({ $0.publicURL }),
      let request = pending.add(route.client, isSocket: isSocket, channel: channel, timeoutMs: route.timeoutMs, complete: complete)
    else { return complete(.gone) }
    let provider = route.client.provider
    let status = withView(method) { method in
      withView(base.url(target, isSocket: isSocket)) { url in
        withPairs(headers) { pairs in
          var event = vox_ev_route()
          event.h = Layout.head(vox_ev_route.self, .routeRequest, target: provider.accountHandle)
          event.token = route.token
          event.request = request
          event.flags = isSocket ? UInt32(VOX_ROUTE_SOCKET) : 0
          event.nheaders = UInt32(pairs.count)
          event.method = method
          event.url = url
          event.body = vox_view(ptr: body.baseAddress, len: UInt64(body.count))
          event.headers = pairs.baseAddress
          return withUnsafePointer(to: event) {
            $0.withMemoryRebound(to: vox_event.self, capacity: 1) { provider.deliver($0) }
          }
        }
      }
    }
    guard status != vox_status(VOX_OK) else { return }
    provider.log("a request for '\(target.prefix(Limits.pathBytes))' is too long to be handed over", level: Int32(VOX_LOG_WARNING))
    pending.take(request, route.client)?.complete(
      .response(.problem(.contentTooLarge, "invalid", "the request is longer than its reader takes")))
  }
}

/// Lends header lines as views for the length of `body`.
private func withPairs<R>(_ headers: [(name: String, value: String)], _ body: (UnsafeBufferPointer<vox_pair>) -> R) -> R {
  // Names and values stand end to end in one buffer, so that all are lent at once.
  var texts: [UInt8] = []
  for header in headers { texts += Array(header.name.utf8) + Array(header.value.utf8) }
  return texts.withUnsafeBufferPointer { texts in
    var at = 0
    func take(_ text: String) -> vox_view {
      defer { at += text.utf8.count }
      return vox_view(ptr: texts.baseAddress.map { $0 + at }, len: UInt64(text.utf8.count))
    }
    let pairs = headers.map { vox_pair(name: take($0.name), value: take($0.value)) }
    return pairs.withUnsafeBufferPointer(body)
  }
}
