// swift-tools-version:6.1
// A provider plugin in a package of its own: copy this folder, set `patchbay` to where Patchbay's sources are, rename Hum.

import PackageDescription

let patchbay = Context.environment["PATCHBAY_SOURCE"] ?? "../../.."

let package = Package(
  name: "hum",
  products: [.library(name: "Hum", type: .dynamic, targets: ["Hum"])],
  dependencies: [.package(name: "patchbay", path: patchbay)],
  targets: [
    .target(
      name: "Hum", dependencies: [.product(name: "PluginKit", package: "patchbay")],
      swiftSettings: [.swiftLanguageMode(.v6)],
      linkerSettings: [
        // One exported symbol; and never unloaded, which the Swift runtime does not survive.
        .unsafeFlags([
          "-use-ld=lld", "-Xlinker", "--version-script=\(Context.packageDirectory)/plugin.map", "-Xlinker", "-z",
          "-Xlinker", "nodelete",
        ])
      ])
  ]
)
