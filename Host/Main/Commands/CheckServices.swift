// The host's own services, offered to a plugin that `plugins check` tries.

import Base
import Conformance
import Loader
import PluginABI
import Services
import Vox

/// `vox.http`, `vox.websocket` and `vox.state` for one provider under test. What it may reach are the addresses in its settings; what its
/// manifest names only with secrets given, so that nobody is called, and nothing costs money, unless somebody wants it.
final class CheckServices: OfferedServices {
  private let services: Services
  private let client: ServiceClient
  private let declared: Set<String>

  /// Nil, and a line in the log of the case, when the network cannot be used.
  private init?(_ port: ServicePort, settings: JSONValue, secrets: [String: String]) {
    do throws(Problem) { services = try Self.running.get() } catch {
      port.log(error.message)
      return nil
    }
    func list(_ name: String) -> [String] { (port.manifest[name]?.array ?? []).compactMap(\.string) }
    declared = Set(list("services"))
    client = ServiceClient(
      name: "conformance", account: port.account, reach: Reach(manifest: secrets.isEmpty ? [] : list("hosts"), settings: settings),
      secrets: Array(secrets.values), keepsConnections: false,
      ports: ServiceClient.Ports(
        deliver: { Self.deliver($0, to: port) }, owns: port.owns, settle: port.settle, log: { text, _ in port.log(text) }))
  }

  /// One network for all providers of the process, and durable items that last as long as it.
  private static let running = Result { () throws(Problem) in try Services(clock: SystemClock()) }

  /// What `Supplies` asks for.
  static func opener(settings: JSONValue, secrets: [String: String]) -> @Sendable (ServicePort) -> any OfferedServices {
    { CheckServices($0, settings: settings, secrets: secrets) ?? NoServices() }
  }

  func table(_ id: String, incoming: UnsafePointer<vox_socket_v0>) -> UnsafeRawPointer? {
    let tables = services.tables(for: client)
    switch id {
    case VOX_SERVICE_HTTP where declared.contains(id): return UnsafeRawPointer(tables.http)
    case VOX_SERVICE_WEBSOCKET where declared.contains(id): return UnsafeRawPointer(tables.webSocket)
    case VOX_SERVICE_STATE where declared.contains(id): return UnsafeRawPointer(tables.state)
    case VOX_SERVICE_SOCKET where declared.contains(VOX_SERVICE_WEBSOCKET): return UnsafeRawPointer(tables.socket(incoming: incoming))
    default: return nil
    }
  }

  func retire() { services.retire(client) }

  private static func deliver(_ e: UnsafePointer<vox_event>, to port: ServicePort) -> vox_status {
    guard let copy = OwnedEvent(e) else { return vox_status(VOX_INVALID) }
    return port.deliver(ServiceEvent(target: e.pointee.target, bytes: copy.bytes) { copy.write(to: $0) })
  }
}

/// A host without services.
private final class NoServices: OfferedServices {
  func table(_ id: String, incoming: UnsafePointer<vox_socket_v0>) -> UnsafeRawPointer? { nil }
  func retire() {}
}

/// A copy of an event until it is delivered.
private final class OwnedEvent: @unchecked Sendable {
  let bytes: Int
  private let memory: UnsafeMutableRawPointer

  /// Nil when the event is not whole.
  init?(_ e: UnsafePointer<vox_event>) {
    guard let bytes = EventCopy.bytes(of: e) else { return nil }
    self.bytes = bytes
    memory = .allocate(byteCount: bytes, alignment: 8)
    EventCopy.copy(e, to: memory)
  }

  deinit { memory.deallocate() }

  func write(to place: UnsafeMutableRawPointer) { EventCopy.copy(UnsafePointer(memory.assumingMemoryBound(to: vox_event.self)), to: place) }
}
