// The services of the host that reach into workers: one bridge each, with its two ends.

import PluginABI
import Vox

/// Carries the functions of one service from a worker to the host. A function is answered with what the host's own table answered, so
/// the calling thread of the plugin waits for it: tens of microseconds. What a session sends on its sockets, of which there is most,
/// waits for nobody (`SocketMessages`). What happens comes as events, as everything does.
protocol ServiceBridge: SendableMetatype {
  /// As in `vox/services`.
  static var id: String { get }
  /// Names the service between host and worker.
  static var number: UInt64 { get }
  /// In a worker: a table of the service whose functions send themselves to the host. It lives as long as the process.
  static func table(_ link: ServiceLink) -> UnsafeRawPointer
  /// On the host: calls the function of the real table. The fields come from a worker: they are looked at as a plugin's own are, by the
  /// table itself.
  static func perform(_ function: UInt64, _ fields: inout BorrowedFields, _ request: ServiceRequest) -> vox_status
}

/// All that reach into workers.
enum ServiceBridges {
  static let all: [any ServiceBridge.Type] = [
    HTTPServerBridge.self, SocketBridge.self, HTTPBridge.self, WebSocketBridge.self, StateBridge.self,
  ]

  static func named(_ id: String) -> (any ServiceBridge.Type)? { all.first { $0.id == id } }
  static func numbered(_ number: UInt64) -> (any ServiceBridge.Type)? { all.first { $0.number == number } }
}

/// One call of a worker, for the host's end of a bridge.
struct ServiceRequest {
  /// The host's table of the service.
  let table: UnsafeRawPointer
  let desk: ServiceDesk
  let worker: WorkerProcess

  func table<T>(as type: T.Type) -> T { table.load(as: type) }
}
