// Broken libraries and files: each is refused with its own sentence, and the host goes on.

import Base
import CommonHarness
import Loader
import PluginABI
import Testing
import Synchronization
import Vox

@Suite struct RefusalTests {
  /// Each way of being broken has its own code and a sentence that names the file and what to do.
  @Test(arguments: [
    ("nowhere", "file_missing", "was not found; build it, or correct `library:`"),
    ("not_elf", "not_elf", "is not a shared library (no ELF header); build it with -shared"),
    ("truncated", "truncated", "is cut short: it has 2000 bytes"),
    ("other_machine", "other_architecture", "was built for another machine"),
    (
      "dependency_missing", "dependency_missing", "needs libfixtureneeded.so, which is not on this machine; install the package that has it"
    ),
    ("entry_missing", "symbol_missing", "is no vox plugin: it exports no symbol vox_plugin_entry"),
    ("entry_null", "entry_refused", "the fixture never answers a table"),
    ("entry_null_mute", "entry_refused", "it gave no reason"),
    ("abi_old", "entry_refused", "rebuild it for draft 1"),
    ("abi_new", "entry_refused", "rebuild it for draft 1"),
    ("abi_lies", "abi_too_new", "speaks vox draft 77, this host 1 only; use a newer host"),
    ("table_size", "wrong_struct_size", "answered a table of 88 bytes where vox_plugin_v0 has 80"),
    ("session_size", "wrong_struct_size", "has 88 bytes where vox_session_v0 has 80"),
    ("member_missing", "missing_member", "vox_plugin_v0.open_account is a null pointer"),
    ("manifest_text", "bad_manifest", "its manifest is "),
    ("manifest_id", "bad_manifest", "needs an \"id\""),
  ])
  func library(_ name: String, _ code: String, _ sentence: String) throws {
    let error = #expect(throws: ProviderError.self) { try Library.open(Fixtures.path(name)) }
    #expect(error?.code == code)
    #expect(error?.message.contains(sentence) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(Fixtures.path(name)) == true)
  }

  /// The package that brings a missing library is named when the operator's file knows it.
  @Test func namesThePackage() {
    let error = #expect(throws: ProviderError.self) { try Library.open(Fixtures.path("dependency_missing"), package: "libneeded1") }
    #expect(error?.message.hasSuffix("install it with: apt-get install libneeded1") == true)
  }

  /// A folder is no library.
  @Test func aFolder() {
    let error = #expect(throws: ProviderError.self) { try Library.open(Fixtures.folder) }
    #expect(error?.code == "not_elf")
  }

  /// A table of an older draft is told from one of a newer.
  @Test func tooOld() {
    let error = #expect(throws: ProviderError.self) {
      try Library.adopt({ _, _, _ in UnsafeRawPointer(Crooked.old) }, path: "old.so")
    }
    #expect(error?.code == "abi_too_old")
    #expect(error?.message.hasSuffix("rebuild the plugin against the newer headers") == true)
  }

  /// A manifest that promises a role for which the library has no table is not believed.
  @Test func manifestMismatch() {
    let error = #expect(throws: ProviderError.self) {
      try Library.adopt({ _, _, _ in UnsafeRawPointer(Crooked.boaster) }, path: "boaster.so")
    }
    #expect(error?.code == "manifest_mismatch")
    #expect(error?.message == "boaster.so: its manifest declares vox.tts/0, but the library answers no table for it")
  }

  /// A manifest of a role that this host does not know costs nothing but that role.
  @Test func unknownRole() throws {
    let library = try Library.open(Fixtures.path("manifest_role"))
    #expect(Array(library.manifest.roles.keys) == [.tts])
  }

  /// Manifests are checked before anything of them is used.
  @Test(arguments: [
    (#"[]"#, "must be a JSON object"), (#"{"id": ""}"#, "needs an \"id\""), (#"{"id": "a"}"#, "needs a \"version\""),
    (#"{"id": "a", "version": "1"}"#, "needs \"roles\""), (#"{"id": "a", "version": "1", "roles": {}}"#, "needs \"roles\""),
    (#"{"id": "a", "version": "1", "roles": {"vox.tts/0": 1}}"#, "traits of vox.tts/0 as an object"),
    (#"{"id": "a", "version": "1", "roles": {"vox.cook/0": {}}}"#, "only roles this host does not know: vox.cook/0"),
    (#"{"id": "a", "version": "1", "roles": {"vox.tts/0": {}}, "settings": {"oneOf": []}}"#, "settings schema that cannot be used: /oneOf"),
  ])
  func manifest(_ text: String, _ sentence: String) {
    let error = #expect(throws: ProviderError.self) { try Manifest(text) }
    #expect(error?.message.contains(sentence) == true, "\(error?.message ?? "")")
  }

  // MARK: Files

  private func file(_ name: String, _ library: String = "sound.so", _ change: (inout ProviderFile) -> Void = { _ in }) -> ProviderFile {
    var file = ProviderFile(name: name, path: "plugins.d/\(name).yaml", library: library)
    change(&file)
    return file
  }

  /// Broken files cost their own providers; the others serve, also when they are named after them.
  @Test func theHostGoesOn() {
    let host = LoaderHost()
    host.registry.load(
      [file("a", "not_elf.so"), file("b"), file("c", "member_missing.so"), file("d", Fixtures.path("sound")), file("e", "nowhere.so")],
      libraries: Fixtures.folder)
    host.settle()
    #expect(host.registry.listings.map(\.file.name) == ["a", "b", "c", "d", "e"])
    #expect(["a", "b", "c", "d", "e"].map { host.outcome($0)?.code } == ["not_elf", "loaded", "missing_member", "loaded", "file_missing"])
    #expect(host.registry.providers.map(\.name) == ["b", "d"])
    #expect(host.registry.providers.allSatisfy { $0.accountState == .ready })
    #expect(host.outcome("a")?.sentence.hasPrefix("plugins.d/a.yaml: ") == true)
  }

  /// Files that claim one name are all refused, each naming the other; a disabled one claims nothing.
  @Test func duplicateNames() {
    let host = LoaderHost()
    let rivals = [file("voice") { $0.path = "plugins.d/one.yaml" }, file("voice") { $0.path = "plugins.d/two.yaml" }]
    host.registry.load(
      rivals + [
        file("ears"),
        file("ears") {
          $0.path = "plugins.d/old.yaml"; $0.enabled = false
        },
      ], libraries: Fixtures.folder)
    let sentences = host.registry.listings.compactMap { if case .refused(let error) = $0.outcome { error.message } else { nil } }
    #expect(
      sentences == [
        "plugins.d/one.yaml: the provider name 'voice' is also claimed by plugins.d/two.yaml; rename one",
        "plugins.d/two.yaml: the provider name 'voice' is also claimed by plugins.d/one.yaml; rename one",
      ])
    #expect(host.registry.providers.map(\.name) == ["ears"])
  }

  /// A disabled provider is listed and not loaded, however broken its library.
  @Test func disabled() {
    let host = LoaderHost()
    host.registry.load([file("a", "not_elf.so") { $0.enabled = false }], libraries: Fixtures.folder)
    #expect(host.outcome("a")?.code == "disabled")
  }

  /// Settings are held against the plugin's schema; every mistake is named with its place.
  @Test func badSettings() {
    let host = LoaderHost()
    host.registry.load([file("a") { $0.settings = ["greeting": 5, "colour": "red"] }], libraries: Fixtures.folder)
    #expect(host.outcome("a")?.code == "bad_settings")
    let sentence = host.outcome("a")?.sentence ?? ""
    #expect(sentence.contains("settings/greeting: "))
    #expect(sentence.contains("colour"))
  }

  /// A secret that is not set, or that the plugin does not know, refuses the provider and never shows a value.
  @Test func secrets() throws {
    let host = LoaderHost(secrets: ["env:KEY": "hunter2"])
    let library = try Library.adopt({ _, _, _ in UnsafeRawPointer(Crooked.secretive) }, path: "secretive.so")
    let missing = #expect(throws: ProviderError.self) {
      try host.registry.add(file("a") { $0.secrets = ["api_key": "env:NOT_SET"] }, library)
    }
    #expect(missing?.message == "env:NOT_SET is not set")
    let unknown = #expect(throws: ProviderError.self) { try host.registry.add(file("a") { $0.secrets = ["password": "env:KEY"] }, library) }
    #expect(unknown?.message == "secrets/password: the plugin knows no such secret (known: api_key)")
    let provider = try host.registry.add(file("a") { $0.secrets = ["api_key": "env:KEY"] }, library)
    host.settle()
    // The plugin writes its secret to the log and into its complaint; the host masks it, also where the line is cut.
    #expect(host.front.lines.count == 2)
    #expect(host.front.lines.allSatisfy { !$0.contains("hunter") })
    #expect(host.front.lines.first == "the key is ***")
    #expect(
      provider.accountState == .failed(ProviderError(.auth, "wrong key ***", scope: .account, detail: "got ***")))
  }

  /// A worker cannot be had yet, and is not silently replaced by the host's own process.
  @Test func worker() {
    let host = LoaderHost()
    host.registry.load([file("a") { $0.isolation = .worker }], libraries: Fixtures.folder)
    #expect(host.outcome("a")?.sentence.contains("isolation 'worker' is not offered by this version; use in-process") == true)
  }

  /// A provider that refuses its settings when it is made is failed, and its sessions say so.
  @Test func createRefuses() throws {
    let host = LoaderHost()
    host.registry.load([file("a", "service_needed.so")], libraries: Fixtures.folder)
    host.settle()
    let provider = try #require(host.registry.provider("a"))
    guard case .failed(let error) = provider.accountState else { return #expect(Bool(false), "\(provider.accountState)") }
    #expect(error.code == "create_refused")
    let ear = Ear()
    _ = Registry.open(provider, .tts, rate: 8000, connectMs: 1000, on: host.table, owner: ear)
    host.run(ms: 10)
    #expect(ear.error?.code == "account_unusable")
    #expect(host.isAtBaseline)
  }

  /// A provider that opens no account is failed, its sessions say so, and what it left behind is not closed.
  @Test func accountRefused() throws {
    let host = LoaderHost()
    let library = try Library.adopt({ _, _, _ in UnsafeRawPointer(Crooked.sullen) }, path: "sullen.so")
    let provider = try host.registry.add(file("a") { $0.secrets = [:] }, library)
    host.settle()
    guard case .failed(let error) = provider.accountState else { return #expect(Bool(false), "\(provider.accountState)") }
    #expect(error.code == "account_refused")
    #expect(error.scope == .account)
    let ear = Ear()
    _ = Registry.open(provider, .tts, rate: 8000, connectMs: 1000, on: host.table, owner: ear)
    host.run(ms: 10)
    #expect(ear.error?.code == "account_unusable")
    provider.stop()
    host.run(ms: 50)
    #expect(provider.accountState == .closed)
    #expect(Crooked.closed.load(ordering: .relaxed) == 0)
  }

  /// What could not be made is not destroyed, whatever the plugin left behind.
  @Test func nothingToDestroy() throws {
    let host = LoaderHost()
    let library = try Library.adopt({ _, _, _ in UnsafeRawPointer(Crooked.littering) }, path: "littering")
    let provider = try host.registry.add(file("a"), library)
    host.settle()
    provider.stop()
    host.run(ms: 50)
    #expect(provider.accountState == .closed)
    #expect(Crooked.destroyed.load(ordering: .relaxed) == 0)
  }
}
