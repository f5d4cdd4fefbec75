// From plugin to session: all calls share the account's one diary.

import DiaryBook
import PluginKit
import Vox

final class DiaryProvider: Provider {
  init(_ settings: JSONValue) throws { _ = try Settings(settings) }

  func open(_ port: AccountPort) throws -> any Account { DiaryAccount(port, try Settings(port.settings)) }
}

final class DiaryAccount: Account {
  private let desk: Desk

  init(_ port: AccountPort, _ settings: Settings) {
    desk = Desk(port.host, settings)
    desk.open { problem in
      if let problem { port.failed(problem) } else { port.ready() }
    }
  }

  func open(_ port: SessionPort) -> any Session {
    port.ready()
    return DiarySession(desk)
  }

  func close() { desk.stop() }
}

final class DiarySession: Session {
  private let desk: Desk

  init(_ desk: Desk) { self.desk = desk }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.listTools: op.completed(["tools": .array(tools.map(\.json))])
    case OpKind.invoke:
      let wish = try Wish(tool: request.body["name"]?.string ?? "", arguments: request.body["arguments"] ?? [:])
      desk.perform(wish, key: request.idempotencyKey, for: op)
    default: throw ProviderError(.invalid, "The diary does not know op kind \(request.kind).", code: "unknown_op")
    }
  }
}
