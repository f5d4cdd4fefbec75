// `patchbay plugins show NAME --voices` and `--models`: what a provider's vendor has, as the vendor lists it.

import Runtime
import Terminal
import Vox

/// The lists that a provider was asked for, by role.
struct VendorList {
  /// The member of an answer that holds the list: `voices` or `models`.
  private let name: String
  private let results: [TrialResult]

  init(_ name: String, _ results: [TrialResult]) {
    self.name = name
    self.results = results
  }

  var json: JSONValue { [name: .array(results.flatMap { $0.answer?[name]?.array ?? [] })] }

  /// Why there is no list in one of the roles; nil when there is one in each.
  var failure: ProviderError? { results.lazy.compactMap(\.error).first }

  /// A line for each voice or model: its id, then its name and languages where they say more.
  var lines: [String] {
    var lines: [String] = []
    for result in results {
      if let error = result.error { lines.append("\(result.role.name): \(error)") }
      lines += (result.answer?[name]?.array ?? []).map(line)
      if result.answer?["more"]?.bool == true { lines.append("There are others, which the vendor lists on further pages.") }
    }
    return lines.map(Screen.plain)
  }

  private func line(_ entry: JSONValue) -> String {
    let id = entry["id"]?.string ?? ""
    let name = entry["name"]?.string ?? id
    let languages = (entry["languages"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
    return [id, name == id ? "" : name, languages].filter { !$0.isEmpty }.joined(separator: "  ")
  }
}
