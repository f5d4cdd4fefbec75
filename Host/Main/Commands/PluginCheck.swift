// Whether each provider would be loaded, and what those without its libraries or secrets need.

import Config
import Loader
import Terminal
import Vox

/// Judges the providers as they were found.
struct PluginCheck {
  private let scan: ProviderScan
  private let weights: String

  init(_ scan: ProviderScan, weights: String) {
    self.scan = scan
    self.weights = weights
  }

  var findings: [Finding] {
    var findings = scan.unreadable.map { Finding.problem("plugin", $0.description) }
    for provider in scan.providers { findings += judge(provider) }
    if scan.providers.isEmpty, scan.unreadable.isEmpty {
      findings.append(
        .problem("plugin", "there is no provider", "put a YAML file for each into the folder of the providers, or name it with --plugins"))
    }
    return findings + [detector]
  }

  /// What there is to say about one provider.
  func judge(_ provider: ScannedProvider) -> [Finding] {
    let name = provider.file.name
    guard provider.file.lacks.isEmpty else {
      return [
        .advice(
          "plugin", "\(name) is disabled: \(provider.file.lacks.joined(separator: "; "))",
          "if you have an account there, put the secret in its place before the host starts")
      ]
    }
    guard provider.file.enabled else { return [.fine("plugin", "\(name) is switched off")] }
    let problems = scan.problems(of: provider)
    guard problems.isEmpty else { return problems.map { .problem("plugin", $0.message) } }
    guard let manifest = provider.manifest else { return [] }
    let roles = manifest.roles.keys.map(\.name).sorted().joined(separator: ", ")
    let missing = manifest.secrets.filter { provider.file.secrets[$0] == nil }
    let loads = Finding.fine("plugin", "\(name) loads: \(manifest.id) \(manifest.version), \(roles)")
    guard !missing.isEmpty else { return [loads] }
    let example = missing.map { "\($0): env:\($0.uppercased())" }.joined(separator: ", ")
    return [
      loads,
      .advice(
        "plugin", "\(name) is given no \(missing.joined(separator: ", "))",
        "if it needs them, add to \(provider.file.path): secrets: {\(example)}"),
    ]
  }

  /// The network that tells speech from noise; without it the host listens to energy alone.
  private var detector: Finding {
    let missing = ["silero-8k.f32", "silero-16k.f32"].map { "\(weights)/\($0)" }.filter { !Files.isReadable($0) }
    guard let first = missing.first else { return .fine("machine", "the voice detector's weights are in \(weights)") }
    return .advice(
      "machine", "the voice detector's weights are not there: \(first); a simpler detector serves, which noise disturbs",
      "run `make setup`, or name their folder with --weights")
  }
}
