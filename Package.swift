// swift-tools-version:6.1
// The house: one target per noun on the road of a call; the compiler enforces who may import whom.

import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  // That nobody reads a variable while another writes it is checked in every test, and not again in a release.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

// A plugin exports one symbol (lld alone leaves nothing else), and a Swift image can never be unloaded.
let exportEntryOnly: [LinkerSetting] = [
  .unsafeFlags(["-use-ld=lld", "-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/plugins.map"])
]
let swiftPlugin = exportEntryOnly + [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "nodelete"])]

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }
let yams = product("Yams", "Yams")
let arguments = product("ArgumentParser", "swift-argument-parser")
let logging = product("Logging", "swift-log")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let unixSignals = product("UnixSignals", "swift-service-lifecycle")

/// A room of the host, or a part of what vendors build against.
func room(_ name: String, _ path: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// A plugin: PluginKit, the leaf target Sound and its own engine, nothing else of ours.
func plugin(_ name: String, _ path: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: ["PluginABI", "Vox", "PluginKit"] + dependencies, path: path, swiftSettings: strict,
    linkerSettings: swiftPlugin)
}

func tests(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// A vendor's plugin against the vendor's emulator, on the host's own loader and services.
func vendorTests(_ name: String) -> Target {
  tests(
    name + "Tests", "Tests/Unit/\(name)Tests",
    [.init(stringLiteral: name + "Wire"), "PluginABI", "Vox", "PluginKit", "PluginHarness", "ProviderHarness", "Loader", "Sound"])
}

let vendorTargets: [Target] = [
  .target(name: "PluginABI", path: "PluginABI/include", publicHeadersPath: "."),
  room("Vox", "PluginABI/Overlay", ["PluginABI"]),
  room("PluginKit", "PluginABI/Kit", ["PluginABI", "Vox"]),
  .systemLibrary(
    name: "CSpeexDSP", path: "PluginABI/Sys/CSpeexDSP", pkgConfig: "speexdsp", providers: [.apt(["libspeexdsp-dev"])]),
  room("Sound", "PluginABI/Sound", ["CSpeexDSP"]),
  // Unoptimised: the optimiser of Swift 6.3.1 crashes (CopyPropagation) on it, and nothing in it is in a hurry.
  .target(
    name: "Conformance", dependencies: ["PluginABI", "Vox"], path: "PluginABI/Conformance",
    swiftSettings: strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]),
]

let hostTargets: [Target] = [
  .target(name: "CLinux", path: "Host/CLinux"),
  room("Base", "Host/Base", ["CLinux"]),
  room("Journal", "Host/Journal", ["Base"]),
  // The network runs a thousand times a second under load: optimised in every configuration.
  .target(name: "Kernels", path: "Host/Kernels", cSettings: [.unsafeFlags(["-O3"])]),
  room("Media", "Host/Media", ["Sound", "Kernels", "CSpeexDSP"]),
  room("Failover", "Host/Failover", ["Base"]),
  room("Config", "Host/Config", ["Base", "Vox", "Failover", yams]),
  room("Tenants", "Host/Tenants", ["Base", "Vox", "Config", "Failover"]),
  room("Loader", "Host/Loader", ["Base", "PluginABI", "Vox", "Config", "Failover"]),
  .systemLibrary(name: "CEBUR128", path: "Host/CEBUR128", pkgConfig: "libebur128", providers: [.apt(["libebur128-dev"])]),
  room("Speech", "Host/Speech", ["Vox", "CEBUR128"]),
  room("Calls", "Host/Calls", ["Failover", "Base", "PluginABI", "Vox", "Sound", "Speech", "Media", "Loader", "Journal", "Tenants"]),
  room("Observe", "Host/Observe"),
  room(
    "API", "Host/API",
    [
      "Base", "PluginABI", "Vox", "Loader", "Observe", "WebSocket", logging, lifecycle, product("Hummingbird", "hummingbird"),
      product("HummingbirdCore", "hummingbird"), product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
      product("NIOHTTP1", "swift-nio"), product("NIOWebSocket", "swift-nio"), product("NIOHTTPTypes", "swift-nio-extras"),
      product("NIOHTTPTypesHTTP1", "swift-nio-extras"), product("HTTPTypes", "swift-http-types"),
    ]),
  .systemLibrary(name: "CCrypto", path: "Host/CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(name: "CCurl", path: "Host/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
  room("WebSocket", "Host/WebSocket", ["Base"]),
  room("Services", "Host/Services", ["CLinux", "CCrypto", "CCurl", "Base", "PluginABI", "Vox", "WebSocket"]),
  room("ProviderServices", "Host/Main/Providers", ["Services", "Loader", "Base", "PluginABI", "Vox"]),
  room("Isolation", "Host/Isolation", ["CLinux", "CCrypto", "Base", "PluginABI", "Vox", "Loader", "WebSocket"]),
  room(
    "Runtime", "Host/Main/Runtime",
    [
      "Isolation", "Services", "ProviderServices", "Failover", "Base", "PluginABI", "Vox", "Sound", "Media", "Config", "Tenants", "Loader",
      "Journal", "Calls",
      "API",
      "Observe", logging, lifecycle,
    ]),
  room("Terminal", "Host/Main/Terminal", ["Vox"]),
  room(
    "Commands", "Host/Main/Commands",
    [
      "Failover", "Base", "Vox", "PluginABI", "Sound", "Services", "Loader", "Journal", "Config", "Tenants", "Conformance", "Runtime",
      "Terminal",
      arguments,
      logging, lifecycle, unixSignals,
    ]),
  .executableTarget(name: "patchbay", dependencies: ["Commands", "Isolation"], path: "Host/Main/Program", swiftSettings: strict),
]

let benchTargets: [Target] = [
  .target(name: "Counting", path: "Tests/Load/Counting"),
  .executableTarget(
    name: "patchbay-bench",
    dependencies: [
      "PluginABI", "Vox", "PluginKit", "Sound", "Media", "CLinux", "Base", "Journal", "Tenants", "Loader", "Isolation", "Calls", "Runtime",
      "CommonHarness", "Counting",
      arguments, logging,
    ], path: "Tests/Load/Bench", swiftSettings: strict),
]

let pluginTargets: [Target] = [
  plugin("Echo", "Plugins/Echo"),
  .systemLibrary(name: "CFlite", path: "PluginABI/Sys/CFlite", providers: [.apt(["flite1-dev"])]),
  room("FliteEngine", "Plugins/Flite/Engine", ["CFlite"]),
  plugin("Flite", "Plugins/Flite/Provider", ["FliteEngine", "Sound"]),
  .target(
    name: "CPocketSphinx", path: "PluginABI/Sys/CPocketSphinx", cSettings: [.unsafeFlags(["-I/usr/include/pocketsphinx"])],
    linkerSettings: [.linkedLibrary("pocketsphinx"), .linkedLibrary("sphinxbase")]),
  room("PocketSphinxEngine", "Plugins/PocketSphinx/Engine", ["CPocketSphinx", "Sound"]),
  plugin("PocketSphinx", "Plugins/PocketSphinx/Provider", ["PocketSphinxEngine"]),
  .systemLibrary(name: "CFFI", path: "PluginABI/Sys/CFFI", pkgConfig: "libffi", providers: [.apt(["libffi-dev"])]),
  room("NativeEngine", "Plugins/Native/Engine", ["CFFI", "PluginABI", "Vox"]),
  plugin("Native", "Plugins/Native/Provider", ["NativeEngine"]),
  room("DiaryBook", "Plugins/Diary/Book", ["PluginABI", "Vox"]),
  plugin("Diary", "Plugins/Diary/Provider", ["DiaryBook"]),
  room("WavCaller", "Plugins/WavPhone/Caller", ["Vox", "Sound"]),
  plugin("WavPhone", "Plugins/WavPhone/Plugin", ["WavCaller", "Sound"]),
  .target(
    name: "WebPhone", dependencies: ["PluginABI", "Vox", "PluginKit"], path: "Plugins/WebPhone",
    resources: ["phone.html", "phone.css", "phone.js", "worklet.js"].map { .embedInCode("www/\($0)") }, swiftSettings: strict,
    linkerSettings: swiftPlugin),
  .systemLibrary(name: "CHMAC", path: "Plugins/N8N/CHMAC", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  room("ChatterboxWire", "Plugins/Chatterbox/Wire", ["PluginABI", "Vox"]),
  plugin("Chatterbox", "Plugins/Chatterbox/Provider", ["ChatterboxWire", "Sound"]),
  room("ClaudeWire", "Plugins/Claude/Wire", ["PluginABI", "Vox"]),
  plugin("Claude", "Plugins/Claude/Provider", ["ClaudeWire"]),
  room("DeepgramWire", "Plugins/Deepgram/Wire", ["PluginABI", "Vox"]),
  plugin("Deepgram", "Plugins/Deepgram/Provider", ["DeepgramWire", "Sound"]),
  room("N8NWire", "Plugins/N8N/Wire", ["CHMAC", "PluginABI", "Vox"]),
  plugin("N8N", "Plugins/N8N/Provider", ["N8NWire"]),
  room("OpenAIWire", "Plugins/OpenAI/Wire", ["PluginABI", "Vox"]),
  plugin("OpenAI", "Plugins/OpenAI/Provider", ["OpenAIWire", "Sound"]),
  room("ResembleWire", "Plugins/Resemble/Wire", ["PluginABI", "Vox"]),
  plugin("Resemble", "Plugins/Resemble/Provider", ["ResembleWire", "Sound"]),
  room("Dialogue", "Plugins/Script/Dialogue", [yams]),
  plugin("Script", "Plugins/Script/Provider", ["Dialogue"]),
]

let testTargets: [Target] = [
  room(
    "Simulation", "Tests/Simulation/World",
    ["Base", "PluginABI", "Vox", "Media", "Speech", "Failover", "Journal", "Tenants", "Loader", "Calls"]),
  .executableTarget(
    name: "patchbay-simulate", dependencies: ["Simulation"], path: "Tests/Simulation/Program", swiftSettings: strict),
  tests("SimulationTests", "Tests/Simulation/Checks", ["Simulation"]),
  plugin("Faults", "Tests/Faults/Plugin", ["Sound"]),
  .executableTarget(
    name: "conformance-case", dependencies: ["Conformance", "Vox"], path: "Tests/Fixtures/Case", swiftSettings: strict),
  tests("ConformanceTests", "Tests/Unit/ConformanceTests", ["CommonHarness", "Conformance", "PluginABI", "Vox", "conformance-case"]),
  room("CommonHarness", "Tests/Unit/CommonHarness", []),
  room("PluginHarness", "Tests/Unit/PluginHarness", ["CommonHarness", "PluginABI", "Vox"]),
  room(
    "ProviderHarness", "Tests/Unit/ProviderHarness",
    ["CommonHarness", "PluginHarness", "ProviderServices", "Services", "Loader", "Base", "PluginABI", "Vox"]),
  vendorTests("Chatterbox"), vendorTests("Claude"), vendorTests("Deepgram"), vendorTests("N8N"), vendorTests("OpenAI"),
  vendorTests("Resemble"),
  tests("KitTests", "Tests/Unit/KitTests", ["PluginABI", "Vox", "PluginKit"]),
  tests("FliteTests", "Tests/Unit/FliteTests", ["FliteEngine", "PluginABI", "Vox", "PluginHarness"]),
  tests(
    "PocketSphinxTests", "Tests/Unit/PocketSphinxTests",
    ["PocketSphinxEngine", "FliteEngine", "Sound", "Dialogue", "PluginABI", "Vox", "PluginHarness"]),
  tests("FailoverTests", "Tests/Unit/FailoverTests", ["Failover", "Base"]),
  tests("BaseTests", "Tests/Unit/BaseTests", ["Base"]),
  .target(name: "Profile", path: "Tests/Fixtures/Profile"),
  .executableTarget(
    name: "isolation-worker", dependencies: ["Isolation", "Profile"], path: "Tests/Fixtures/Worker", swiftSettings: strict),
  tests(
    "IsolationTests", "Tests/Unit/IsolationTests",
    ["CommonHarness", "Isolation", "Loader", "Base", "CLinux", "CCrypto", "PluginABI", "Vox", "isolation-worker"]),
  .executableTarget(
    name: "services-probe", dependencies: ["Services", "Base", "PluginABI", "Vox"], path: "Tests/Fixtures/Services", swiftSettings: strict),
  tests("ServicesTests", "Tests/Unit/ServicesTests", ["CommonHarness", "Services", "WebSocket", "Base", "PluginABI", "Vox", "PluginKit"]),
  tests("WebSocketTests", "Tests/Unit/WebSocketTests", ["WebSocket", "Base"]),
  tests("LoaderTests", "Tests/Unit/LoaderTests", ["CommonHarness", "Loader", "Base", "Config", "Vox", "PluginABI"]),
  tests(
    "CallsTests", "Tests/Unit/CallsTests",
    ["Calls", "Base", "PluginABI", "Vox", "Speech", "Media", "Loader", "Journal", "Tenants", "Failover", "PluginKit"]),
  tests("SpeechTests", "Tests/Unit/SpeechTests", ["Speech", "Vox"]),
  tests("ObserveTests", "Tests/Unit/ObserveTests", ["Observe"]),
  tests(
    "APITests", "Tests/Unit/APITests",
    [
      "CommonHarness", "API", "WebSocket", "Base", "PluginABI", "Vox", "PluginKit", "Loader", "Observe", logging, lifecycle,
      product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
    ]),
  tests(
    "MainTests", "Tests/Unit/MainTests",
    ["CommonHarness", "Commands", "Terminal", "patchbay", "Base", "Journal", "Loader", "Config", "Tenants", "Vox", "Sound"]),
  .testTarget(
    name: "ScriptTests", dependencies: ["Dialogue", "PluginHarness", "PluginABI", "Vox"], path: "Tests/Unit/ScriptTests",
    exclude: ["Golden", "Vectors"], swiftSettings: strict),
  tests("DiaryTests", "Tests/Unit/DiaryTests", ["DiaryBook", "PluginABI", "PluginHarness", "Vox"]),
  tests("NativeTests", "Tests/Unit/NativeTests", ["NativeEngine", "PluginABI", "PluginHarness", "Vox"]),
  tests("FaultsTests", "Tests/Faults/Tests", ["PluginABI", "Vox", "PluginHarness"]),
  tests("EchoTests", "Tests/Unit/EchoTests", ["PluginABI", "Vox", "PluginHarness"]),
  tests("ToneCTests", "Tests/Unit/ToneCTests", ["PluginABI", "Vox", "PluginHarness"]),
  tests("WavPhoneTests", "Tests/Unit/WavPhoneTests", ["PluginABI", "Vox", "Sound", "WavCaller", "PluginHarness"]),
  tests("WebPhoneTests", "Tests/Unit/WebPhoneTests", ["PluginABI", "Vox", "PluginHarness"]),
  tests("VoxTests", "Tests/Unit/VoxTests", ["PluginABI", "Vox"]),
  tests("SoundTests", "Tests/Unit/SoundTests", ["CommonHarness", "Sound"]),
  tests("MediaTests", "Tests/Unit/MediaTests", ["Base", "CommonHarness", "Media", "Sound", "Kernels"]),
  .executableTarget(name: "journal-writer", dependencies: ["Journal", "Base"], path: "Tests/Fixtures/Journal", swiftSettings: strict),
  tests("JournalTests", "Tests/Unit/JournalTests", ["CommonHarness", "Journal", "Base", "journal-writer"]),
  tests("ConfigTests", "Tests/Unit/ConfigTests", ["CommonHarness", "Config", "Base", "Vox"]),
  tests("TenantsTests", "Tests/Unit/TenantsTests", ["CommonHarness", "Tenants", "Config", "Base", "Failover", "Vox"]),
]

/// The readers of strangers' bytes: tried with random input by the unit tests, and by libFuzzer, whose main nothing else could be linked with.
let isFuzzing = Context.environment["PATCHBAY_FUZZ"] != nil
let readers: [Target.Dependency] = ["CLinux", "Services", "WebSocket", "Base", "PluginABI", "Vox", "PluginKit", "Sound"]
let fuzzTargets: [Target] = [
  isFuzzing
    ? .executableTarget(
      name: "patchbay-fuzz", dependencies: readers, path: "Tests/Fuzz", exclude: ["fuzz.sh", "ReadersTests.swift"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    : .testTarget(
      name: "ReadersTests", dependencies: readers, path: "Tests/Fuzz", exclude: ["fuzz.sh", "Fuzz.swift"], swiftSettings: strict)
]

let package = Package(
  name: "patchbay",
  products: [
    .executable(name: "patchbay", targets: ["patchbay"]),
    .library(name: "PluginKit", targets: ["PluginKit"]),
    .library(name: "Echo", type: .dynamic, targets: ["Echo"]),
    .library(name: "Flite", type: .dynamic, targets: ["Flite"]),
    .library(name: "PocketSphinx", type: .dynamic, targets: ["PocketSphinx"]),
    .library(name: "Script", type: .dynamic, targets: ["Script"]),
    .library(name: "Diary", type: .dynamic, targets: ["Diary"]),
    .library(name: "Native", type: .dynamic, targets: ["Native"]),
    .library(name: "WavPhone", type: .dynamic, targets: ["WavPhone"]),
    .library(name: "WebPhone", type: .dynamic, targets: ["WebPhone"]),
    .library(name: "Chatterbox", type: .dynamic, targets: ["Chatterbox"]),
    .library(name: "Claude", type: .dynamic, targets: ["Claude"]),
    .library(name: "Deepgram", type: .dynamic, targets: ["Deepgram"]),
    .library(name: "N8N", type: .dynamic, targets: ["N8N"]),
    .library(name: "OpenAI", type: .dynamic, targets: ["OpenAI"]),
    .library(name: "Resemble", type: .dynamic, targets: ["Resemble"]),
    .library(name: "Faults", type: .dynamic, targets: ["Faults"]),
  ],
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
  ],
  targets: vendorTargets + hostTargets + pluginTargets + benchTargets + testTargets + fuzzTargets
)
