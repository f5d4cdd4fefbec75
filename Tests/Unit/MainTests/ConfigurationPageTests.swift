// The page of all configuration keys tells the truth.

import CommonHarness
import Config
import Foundation
import Loader
import Tenants
import Testing

@Suite struct ConfigurationPageTests {
  /// The page's example of a kind of file.
  private static func example(_ kind: String) throws -> String {
    let page = try String(contentsOf: root.appending(path: "docs/Configuration.md"), encoding: .utf8)
    let begin = try #require(page.range(of: "```yaml \(kind)\n"))
    let end = try #require(page.range(of: "```", range: begin.upperBound..<page.endIndex))
    return String(page[begin.upperBound..<end.lowerBound])
  }

  private static func read(provider: String, tenant: String, agent: String) throws -> (
    files: [ProviderFile], directory: TenantDirectory, [ConfigProblem]
  ) {
    let folder = Scratch()
    try folder.write("plugins.d/deepgram.yaml", provider)
    try folder.write("demo/tenant.yaml", tenant)
    try folder.write("demo/agents/reception.yaml", agent)
    try folder.write("demo/sorry.wav", "")
    let (files, problems) = ProviderFile.readAll(in: folder.file("plugins.d"))
    let directory = TenantDirectory.load(folder.file("demo"))
    return (files, directory, problems + directory.problems)
  }

  /// All examples are accepted as they stand, and are one host's configuration.
  @Test func isAccepted() throws {
    let (files, directory, problems) = try Self.read(
      provider: Self.example("provider"), tenant: Self.example("tenant"), agent: Self.example("agent"))
    #expect(problems.map(\.description) == [])
    #expect(files.first?.isolation == .worker)
    #expect(directory.route(to: "+15550100100")?.agent.name == "Reception")
  }

  /// No key is missing on the page: each mapping is asked, by a key that nobody knows, which ones it knows.
  @Test func namesEveryKey() throws {
    let kinds = ["provider", "tenant", "agent"]
    let examples = try kinds.map(Self.example)
    let asked = examples.map(Self.withUnknownKeys)
    // The agents of a tenant whose own file is wrong are not read.
    let problems =
      try Self.read(provider: asked[0], tenant: asked[1], agent: examples[2]).2
      + Self.read(provider: examples[0], tenant: examples[1], agent: asked[2]).2
    let unknown = problems.filter { $0.message.hasPrefix("unknown key; known here: ") }
    #expect(unknown.count >= 15)
    for problem in unknown {
      let file = problem.file.contains("plugins.d") ? 0 : problem.file.contains("agents") ? 2 : 1
      for key in problem.message.dropFirst("unknown key; known here: ".count).split(separator: ", ") {
        #expect(examples[file].contains("\(key):"), "\(kinds[file]): \(problem.field.dropLast(5)) knows \(key)")
      }
    }
  }

  /// The text with a key that nobody knows in every mapping that is written in lines.
  private static func withUnknownKeys(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var asked = ["zzzz: 1"]
    for (index, line) in lines.enumerated() {
      asked.append(line)
      let bare = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
      guard bare.hasSuffix(":"), let next = lines[(index + 1)...].first(where: { !$0.trimmingCharacters(in: .whitespaces).isEmpty }) else {
        continue
      }
      let indent = next.prefix { $0 == " " }
      guard !next.dropFirst(indent.count).hasPrefix("-") else { continue }
      asked.append("\(indent)zzzz: 1")
    }
    return asked.joined(separator: "\n")
  }
}
