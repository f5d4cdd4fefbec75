// `patchbay doctor NAME --paid`: a provider's tiny piece of real work; `patchbay plugins show NAME --voices`: a question to it.

import Loader
import Runtime
import Terminal
import Vox

/// A provider that can be tried.
struct PaidCall {
  private let provider: ScannedProvider
  private let secretsFolder: String
  private let roles: [Role]?

  /// - Parameter role: by the word people use; nil = all.
  /// - Throws: why it cannot be tried: an unknown role, a file that would be refused, a provider that is off.
  init(_ provider: ScannedProvider, _ scan: ProviderScan, secretsFolder: String, role: String?) throws(Stop) {
    let name = provider.file.name
    if let problem = scan.problems(of: provider).first { throw Stop(.config, problem.message) }
    guard provider.file.lacks.isEmpty else { throw Stop(.config, "\(provider.file.path): \(provider.file.lacks.joined(separator: "; "))") }
    guard provider.file.enabled else { throw Stop(.config, "\(name) is switched off; remove 'enabled: false' from \(provider.file.path)") }
    roles = try role.map { word throws(Stop) in
      guard let role = Role.allCases.first(where: { $0.name == word }), provider.manifest?.roles[role] != nil, role != .telephony else {
        let able = (provider.manifest?.roles.keys.map(\.name).filter { $0 != Role.telephony.name } ?? []).sorted()
        throw Stop(.usage, "\(name) cannot be tried in the role '\(word)'; it can in: \(able.joined(separator: ", "))")
      }
      return [role]
    }
    self.provider = provider
    self.secretsFolder = secretsFolder
  }

  /// Makes the call.
  ///
  /// - Parameter question: the kind of an op that is asked instead of work.
  func make(question: UInt16? = nil) throws(Stop) -> [TrialResult] {
    let name = provider.file.name
    do throws(ProviderError) {
      return try Trial(provider.file, library: provider.library, secretsFolder: secretsFolder).run(roles, question: question) {
        Screen.complain("\(name): \(Screen.plain($0))")
      }
    } catch { throw Stop(.failed, "\(name): \(error)") }
  }
}
