// Tenants found in folders, calls routed to agents, and bad files that hurt nobody else.

import CommonHarness
import Config
import Foundation
import Testing
import Vox

@testable import Tenants

@Suite struct TenantDirectoryTests {
  private let folder = Scratch()

  private func put(_ id: String, in name: String? = nil, numbers: String, agents: [String: String] = ["desk": "name: Desk"]) throws {
    let name = name ?? id
    try folder.write("\(name)/tenant.yaml", "id: \(id)\nname: T\nnumbers: \(numbers)\nchains: {stt: ears, llm: model, tts: voice}")
    for (agent, text) in agents { try folder.write("\(name)/agents/\(agent).yaml", text) }
  }

  private func load(keeping previous: TenantDirectory? = nil) -> TenantDirectory { .load(folder.path, keeping: previous) }

  /// A number leads to its tenant and agent however it is written; a number nobody has leads nowhere.
  @Test func routes() throws {
    try put("a", numbers: "{+1 555 0100: desk, night: owl}", agents: ["desk": "name: Desk", "owl": "name: Owl"])
    try put("b", numbers: "{+1 555 0200: desk}")
    let directory = load()
    #expect(directory.problems.map(\.description) == [])
    #expect(directory.route(to: "+15550100")?.tenant.id == "a")
    #expect(directory.route(to: "+1 (555) 01-00")?.agent.id == "desk")
    #expect(directory.route(to: "NIGHT")?.agent.name == "Owl")
    #expect(directory.route(to: "+15550200")?.tenant.id == "b")
    #expect(directory.route(to: "+15550300") == nil)
    #expect(directory.route(to: "not a number") == nil)
    #expect(directory.route(to: "") == nil)
  }

  /// `*` answers whatever no other number does, also what is no number at all.
  @Test func anyNumber() throws {
    try put("a", numbers: "{'*': desk, '1': owl}", agents: ["desk": "name: Desk", "owl": "name: Owl"])
    let directory = load()
    #expect(directory.route(to: "1")?.agent.id == "owl")
    #expect(directory.route(to: "+15550300")?.agent.id == "desk")
    #expect(directory.route(to: "?? anonymous ??")?.agent.id == "desk")
  }

  /// A folder that is itself a tenant is a directory of one.
  @Test func singleTenant() throws {
    try put("a", numbers: "{'1': desk}")
    #expect(TenantDirectory.load(folder.path + "/a").route(to: "1")?.tenant.id == "a")
  }

  /// A bad agent file costs that agent, a bad tenant file that tenant, and every other call is answered.
  @Test func oneBadFile() throws {
    try put("a", numbers: "{'1': desk, '2': owl}", agents: ["desk": "name: Desk", "owl": "nme: Owl"])
    try put("b", numbers: "{'3': desk}")
    try folder.write("c/tenant.yaml", "id: [")
    let directory = load()
    #expect(directory.route(to: "1") != nil && directory.route(to: "3") != nil)
    #expect(directory.route(to: "2") == nil)
    let told = directory.problems.map(\.description)
    #expect(told.contains { $0.contains("a/agents/owl.yaml:1: nme: unknown key; did you mean 'name'?") })
    #expect(
      told.contains { $0.contains("a/tenant.yaml: numbers.2: there is no agent 'owl'; put it in agents/owl.yaml, or name one of desk") })
    #expect(told.contains { $0.contains("c/tenant.yaml:") })
  }

  /// After a bad edit what stood before goes on; a deleted agent is gone; a good edit counts.
  @Test func reload() throws {
    try put("a", numbers: "{'1': desk, '2': owl}", agents: ["desk": "name: Desk", "owl": "name: Owl"])
    let first = load()
    try folder.write("a/agents/desk.yaml", "name: [")
    try folder.write("a/agents/owl.yaml", "name: Eagle")
    let second = load(keeping: first)
    #expect(second.problems.count == 1)
    #expect(second.route(to: "1")?.agent.name == "Desk")
    #expect(second.route(to: "2")?.agent.name == "Eagle")
    try folder.write("a/tenant.yaml", "broken")
    #expect(load(keeping: second).route(to: "2")?.agent.name == "Eagle")
    try put("a", numbers: "{'1': desk, '2': owl}", agents: [:])
    try FileManager.default.removeItem(atPath: folder.path + "/a/agents/owl.yaml")
    #expect(load(keeping: second).route(to: "2") == nil)
  }

  /// The number of an agent that is not there never falls to another tenant: whoever answered it before goes on, else the tenant's own
  /// agent for every other number, else nobody.
  @Test func numberOfAMissingAgent() throws {
    try put("a", numbers: "{'1': desk, '2': owl}", agents: ["desk": "name: Desk", "owl": "name: Owl"])
    try put("b", numbers: "{'*': desk}")
    let first = load()
    try put("a", numbers: "{'1': dsk, '2': owl}", agents: [:])
    let second = load(keeping: first)
    #expect(second.problems.map(\.field) == ["numbers.1"])
    #expect(second.route(to: "1")?.agent.name == "Desk" && second.route(to: "1")?.tenant.id == "a")
    let fresh = load()
    #expect(fresh.route(to: "1") == nil && fresh.route(to: "3")?.tenant.id == "b")
    try put("b", numbers: "{'*': desk, '5': dsk}")
    #expect(load().route(to: "5")?.agent.id == "desk")
  }

  /// While the folder cannot be read, as in the middle of being replaced, everybody in it stays.
  @Test func folderAway() throws {
    try put("a", numbers: "{'1': desk}")
    let first = load()
    let second = TenantDirectory.load(folder.path + "/gone", keeping: first)
    #expect(second.route(to: "1") != nil && second.problems.map(\.message) == ["cannot be opened: No such file or directory"])
  }

  /// No file can take an id or a number from a tenant that has it, wherever it sorts; a tenant that gives a number up frees it.
  @Test func nothingIsTaken() throws {
    try put("m", numbers: "{'1': desk, '2': desk}")
    try put("n", numbers: "{'3': desk}")
    let first = load()
    try put("a", numbers: "{'1': desk, '4': desk}")
    try put("m", in: "b", numbers: "{'5': desk}")
    try put("m", numbers: "{'1': desk, '2': desk, '3': desk}")
    try put("n", numbers: "{'2': desk, '3': desk}")
    let second = load(keeping: first)
    #expect(second.route(to: "1")?.tenant.id == "m")
    #expect(second.route(to: "2")?.tenant.id == "m")
    #expect(second.route(to: "3")?.tenant.id == "n")
    #expect(second.route(to: "4")?.tenant.id == "a")
    #expect(second.route(to: "5") == nil)
    #expect(second.problems.map(\.field) == ["numbers.3", "numbers.2", "numbers.1", "id"])
    try put("m", numbers: "{'1': desk}")
    #expect(load(keeping: second).route(to: "2")?.tenant.id == "n")
  }

  /// Mistakes in a tenant's file are told with line and field.
  @Test func tenantMistakes() throws {
    try folder.write(
      "a/tenant.yaml", "id: a b\nname: T\ntimezone: Mars/Olympus\nlanguage: xx-xx\nnumbers:\n  a b: desk\n  '1 2': desk\n  '12': desk")
    #expect(load().problems.map { "\($0.line ?? 0) \($0.field)" } == ["1 id", "3 timezone", "4 language", "6 numbers.a b", "8 numbers.12"])
  }

  /// A folder without a tenant, or no folder, is a sentence that says what was expected.
  @Test func nothingThere() {
    #expect(load().problems.map(\.message) == ["no tenant here: expected tenant.yaml, or folders that hold one"])
    #expect(TenantDirectory.load("/nowhere").problems.count == 1)
  }

  /// A file beside the agents that is none is told, since somebody expects it to be read.
  @Test func strayFile() throws {
    try put("a", numbers: "{'1': desk}")
    try folder.write("a/agents/owl.yml", "name: Owl")
    #expect(load().problems.map(\.message) == ["not read; an agent's file is named <id>.yaml"])
  }

  /// Tenants made in code are routed like those from files.
  @Test func inCode() throws {
    var tenant = Tenant(id: "a", name: "A")
    tenant.agents["desk"] = Agent(id: "desk", name: "Desk")
    tenant.numbers = ["1": "desk"]
    var directory = TenantDirectory()
    directory.add(tenant)
    #expect(directory.route(to: "1") == TenantDirectory.Route(tenant: tenant, agent: Agent(id: "desk", name: "Desk")))
  }

  /// The demo's files are valid, its disclosure says that a machine speaks, and every tool that its flow calls exists.
  @Test func demo() throws {
    let demo = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../deploy/demo").standardized.path
    let directory = TenantDirectory.load(demo)
    #expect(directory.problems.map(\.description) == [])
    let route = try #require(directory.route(to: "+15550100100"))
    #expect(route.agent.disclosure.contains("computer"))
    let path = try #require(route.agent.chains[.llm]?.links.first?.settings["flow"]?.string)
    let flow = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    let called = Set(flow.matches(of: /\n +do: ([a-z_]+)/).map { String($0.1) }).subtracting(["transfer"])
    #expect(called.isSubset(of: route.agent.tools.map(\.name)))
    #expect(route.agent.transfers["front-desk"] != nil)
  }
}
