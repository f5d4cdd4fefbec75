// One call's way to the functions.

import NativeEngine
import PluginKit
import Vox

final class NativeSession: Session {
  private let port: SessionPort
  private let desk: Desk
  /// What runs, by the token of its timer; what has ended is forgotten when the next call begins.
  private var running: [UInt64: (op: Op, function: NativeFunction)] = [:]
  private var lastToken: UInt64 = 0

  init(_ port: SessionPort, _ desk: Desk) {
    self.port = port
    self.desk = desk
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.listTools: op.completed(["tools": .array(desk.catalogue.tools.map(\.json))])
    case OpKind.invoke: try invoke(op, request)
    default: throw ProviderError(.invalid, "Native functions know no op kind \(request.kind).", code: "unknown_op")
    }
  }

  private func invoke(_ op: Op, _ request: Request) throws {
    let name = request.body["name"]?.string ?? ""
    guard let function = desk.catalogue.functions[name], let lane = desk.lane(of: function) else {
      throw ProviderError(.invalid, "There is no native function named '\(name.prefix(64))'.", code: "unknown_tool")
    }
    let passed = try function.declaration.passed(request.body["arguments"] ?? [:])
    running = running.filter { !$0.value.op.isOver }
    lastToken += 1
    let token = lastToken, port = port
    running[token] = (op, function)
    guard port.timer(token: token, at: port.host.now + UInt64(function.declaration.timeoutMs) * 1_000_000) else {
      throw ProviderError(.overloaded, "Too many calls of native functions at the same time.")
    }
    lane.perform(function, passed, key: request.idempotencyKey, for: op) { port.timer(token: token, at: 0) }
  }

  func timer(token: UInt64) {
    guard let (op, function) = running.removeValue(forKey: token) else { return }
    desk.lane(of: function)?.expire(op, function.declaration)
  }
}
