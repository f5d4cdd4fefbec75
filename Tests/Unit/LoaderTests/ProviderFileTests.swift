// Reading plugins.d: strict, file by file.

import Base
import Config
import Foundation
import Loader
import Testing
import Vox

@Suite struct ProviderFileTests {
  /// Reads a folder that holds the given files.
  private func read(_ files: [String: String]) throws -> (files: [ProviderFile], problems: [String]) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "plugins.d-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    let read = ProviderFile.readAll(in: folder.path)
    return (read.files, read.problems.map { $0.description.replacing(folder.path + "/", with: "") })
  }

  /// Everything a file may say is read as it is written.
  @Test func everything() throws {
    let (files, problems) = try read([
      "voice.yaml": """
      provider: nice-voice
      library: libVoice.so
      enabled: false
      isolation: worker
      package: libvoice1
      public_routes: [/phone]
      settings: {speed: 2, nested: {a: [1, true]}}
      secrets: {api_key: env:VOICE_KEY}
      """
    ])
    #expect(problems == [])
    let file = try #require(files.first)
    #expect(file.name == "nice-voice")
    #expect(file.library == "libVoice.so")
    #expect(!file.enabled)
    #expect(file.isolation == .worker)
    #expect(file.package == "libvoice1")
    #expect(file.publicRoutes == ["/phone"])
    #expect(file.settings == ["speed": 2, "nested": ["a": [1, true]]])
    #expect(file.secrets == ["api_key": "env:VOICE_KEY"])
  }

  /// The least a file must say; its name is the provider's, files are read in the order of their names, others are left alone.
  @Test func theLeast() throws {
    let (files, problems) = try read([
      "b.yaml": "library: b.so\n", "a.yaml": "library: a.so\n", ".c.yaml": "nonsense", "d.yml.bak": "nonsense",
    ])
    #expect(problems == [])
    #expect(files.map(\.name) == ["a", "b"])
    #expect(files.allSatisfy { $0.enabled && $0.isolation == .inProcess && $0.secrets.isEmpty })
  }

  /// A file whose secrets are not there waits for them and says which; one that says `enabled: true` is missed, one that says
  /// `enabled: false` is off. A secret that is there counts, whatever it is worth.
  @Test func waitsForSecrets() throws {
    setenv("PATCHBAY_TEST_EMPTY", "", 1)
    let (files, problems) = try read([
      "a.yaml": "library: a.so\nsecrets: {key: env:PATCHBAY_TEST_NONE, other: file:secrets/none, third: env:PATH}\n",
      "b.yaml": "library: b.so\nsecrets: {key: env:PATCHBAY_TEST_EMPTY}\n",
      "c.yaml": "library: c.so\nenabled: true\nsecrets: {key: env:PATCHBAY_TEST_NONE}\n",
      "d.yaml": "library: d.so\nenabled: false\nsecrets: {key: env:PATCHBAY_TEST_NONE}\n",
      "e.yaml": "library: e.so\nsecrets: {key: env:PATH, other: file:e.yaml}\n",
    ])
    #expect(problems == [])
    #expect(files.map(\.enabled) == [false, false, true, false, true])
    #expect(files.map(\.lacks.count) == [2, 1, 0, 0, 0])
    #expect(files.first?.lacks.first == "secrets.key: the environment variable PATCHBAY_TEST_NONE is not set")
    #expect(files.first?.lacks.last?.hasSuffix("/secrets/none does not exist") == true)
  }

  /// Each mistake is told with file and line, and costs its own file alone.
  @Test(arguments: [
    ("library: a.so\nlibary: b.so\n", "bad.yaml:2"), ("provider: a\n", "library"), ("library: [a]\n", "bad.yaml:1"),
    ("library: a.so\nenabled: maybe\n", "bad.yaml:2"), ("library: a.so\nisolation: cloud\n", "bad.yaml:2"),
    ("library: a.so\nsettings: [1]\n", "bad.yaml:2"), ("library: a.so\nsecrets: {key: hunter2}\n", "bad.yaml:2"),
    ("library: a.so\npublic_routes: [phone]\n", "every path must begin with '/'"), ("library: a.so\nlibrary: b.so\n", "bad.yaml:"),
    ("library: a.so\nstrict_sandbox: true\n", "bad.yaml:2: strict_sandbox: counts with `isolation: worker` only"),
    ("a: b: c", "bad.yaml:1"), ("", "bad.yaml"), ("- a\n", "bad.yaml"),
  ])
  func mistakes(_ text: String, _ part: String) throws {
    let (files, problems) = try read(["bad.yaml": text, "good.yaml": "library: good.so\n"])
    #expect(files.map(\.name) == ["good"])
    #expect(!problems.isEmpty)
    #expect(problems.contains { $0.contains(part) }, "\(problems)")
    #expect(problems.allSatisfy { !$0.contains("hunter2") })
  }

  /// A file with the other ending of YAML is told of; what editors and operators leave beside the files is not.
  @Test func otherEnding() throws {
    let (files, problems) = try read(["voice.yml": "library: a.so\n", "voice.yaml~": "library: a.so\n", "README.md": "providers"])
    #expect(files.isEmpty)
    #expect(problems == ["voice.yml: not read; a provider's file is named <name>.yaml"])
  }

  /// A folder that is not there is one problem that says what belongs there.
  @Test func noFolder() {
    let (files, problems) = ProviderFile.readAll(in: "/nowhere/plugins.d")
    #expect(files.isEmpty)
    #expect(
      problems.map(\.description) == [
        "/nowhere/plugins.d: cannot be opened: No such file or directory; it should hold one YAML file per provider"
      ])
  }
}
