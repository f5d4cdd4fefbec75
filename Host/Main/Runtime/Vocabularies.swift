// Asks each agent's model what its callers may say, and keeps the answer for the recognisers.

import Base
import Calls
import Glibc
import Loader
import PluginABI
import Synchronization
import Tenants
import Vox

/// The vocabularies of all agents. A model that has none, or is too slow, leaves the recogniser to itself.
final class Vocabularies: @unchecked Sendable {
  /// Building a language model takes well under a second; a model that needs longer must not hold the host.
  private static let limitMs = 10_000

  private let table: SessionTable
  private let folder: String
  private let known = Mutex<[String: Vocabulary]>([:])

  init(table: SessionTable, folder: String) {
    self.table = table
    self.folder = folder
  }

  func of(_ tenant: String, _ agent: String) -> Vocabulary? { known.withLock { $0["\(tenant)/\(agent)"] } }

  /// Asks for every agent that wants one, then warms its recogniser.
  func prepare(_ directory: TenantDirectory, providers: any ProviderSource) async {
    mkdir(folder, 0o700)
    for tenant in directory.tenants.values {
      for agent in tenant.agents.values where agent.vocabulary {
        guard let link = (agent.chains[.llm] ?? tenant.chains[.llm])?.links.first,
          let model = providers.provider(link.provider), model.traits(.llm)?.bool("vocabulary") == true
        else { continue }
        let directory = "\(folder)/\(tenant.id).\(agent.id)"
        mkdir(directory, 0o700)
        let body = JSONValue.object(["directory": .string(directory)]).text
        guard let result = await ask(model, .llm, OpKind.vocabulary, body, link.settings), let id = result["id"]?.string else { continue }
        let vocabulary = Vocabulary(
          id: id, directory: result["directory"]?.string ?? "", keyterms: (result["keyterms"]?.array ?? []).compactMap(\.string))
        known.withLock { $0["\(tenant.id)/\(agent.id)"] = vocabulary }
        guard let ears = (agent.chains[.stt] ?? tenant.chains[.stt])?.links.first, let recogniser = providers.provider(ears.provider) else {
          continue
        }
        _ = await ask(recogniser, .stt, OpKind.warm, "{}", ears.settings.merging(["vocabulary": vocabulary.json]))
      }
    }
  }

  private func ask(_ provider: Provider, _ role: Role, _ kind: UInt16, _ body: String, _ settings: JSONValue) async -> JSONValue? {
    await withCheckedContinuation { (answer: CheckedContinuation<JSONValue?, Never>) in
      table.loop.submit { [table] in
        let errand = Errand(kind: kind, body: body, limit: table.loop.now.advanced(byMs: Self.limitMs)) { answer.resume(returning: $0) }
        errand.run(provider, role, settings, on: table)
      }
    }
  }
}

/// One op on a control session, from open to close. It keeps itself alive until it is done.
private final class Errand: SessionOwner {
  private let kind: UInt16
  private let body: String
  private let limit: Instant
  private var done: ((JSONValue?) -> Void)?
  private var session: ProviderSession?
  private var keep: Errand?

  init(kind: UInt16, body: String, limit: Instant, done: @escaping (JSONValue?) -> Void) {
    self.kind = kind
    self.body = body
    self.limit = limit
    self.done = done
  }

  func run(_ provider: Provider, _ role: Role, _ settings: JSONValue, on table: SessionTable) {
    keep = self
    session = Registry.open(
      provider, role, settings: settings, rate: 16000, flags: UInt16(VOX_OPEN_CONTROL), connectMs: 5000, on: table, owner: self)
  }

  func sessionReady(_ session: ProviderSession) {
    if session.start(kind, body: body, deadline: limit) == nil { finish(nil) }
  }

  func session(_ session: ProviderSession, failed error: ProviderError) { finish(nil) }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    guard event.kind.isTerminal else { return }
    finish(event.kind == .completed ? try? event.text?.text.json() : nil)
  }

  private func finish(_ result: JSONValue?) {
    let answer = done
    done = nil
    session?.close(.policy)
    answer?(result)
    keep = nil
  }
}
