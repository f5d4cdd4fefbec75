// What plugins.d says and what its libraries are, found without a host.

import Base
import Config
import Glibc
import Isolation
import Loader
import Terminal
import Vox

/// One provider as it would be loaded.
struct ScannedProvider: Sendable {
  let file: ProviderFile
  /// The whole path of its library.
  let library: String
  /// Nil when the file switches the provider off.
  let inspection: Inspection?

  var manifest: Manifest? { if case .manifest(let manifest)? = inspection { manifest } else { nil } }

  init(file: ProviderFile, library: String, inspection: Inspection?) {
    self.file = file
    self.library = library
    self.inspection = inspection
  }

  /// Everything that would keep the host from loading it, each a sentence that names its file.
  /// - Parameter rivals: the files that claim the same name.
  func problems(rivals: [String], resolve: (String) -> String?) -> [ProviderError] {
    func problem(_ cls: ErrorClass, _ sentence: String, _ code: String) -> ProviderError {
      ProviderError(cls, "\(file.path): \(sentence)", scope: .provider, code: code)
    }
    if !rivals.isEmpty {
      return [
        problem(
          .invalid, "the provider name '\(file.name)' is also claimed by \(rivals.joined(separator: ", ")); rename one", "duplicate_name")
      ]
    }
    switch inspection {
    case nil: return []
    case .refused(let error): return [problem(error.cls, error.message, error.code)]
    case .manifest(let manifest):
      var found = manifest.settings.problems(in: file.settings).map {
        problem(.invalid, "settings\($0.path): \($0.reason)", "bad_settings")
      }
      if let objection = manifest.objection(to: file.isolation) { found.append(problem(objection.cls, objection.message, objection.code)) }
      for (name, reference) in file.secrets.sorted(by: { $0.key < $1.key }) {
        if !manifest.secrets.contains(name) {
          let known = manifest.secrets.isEmpty ? "it has none" : "known: \(manifest.secrets.joined(separator: ", "))"
          found.append(problem(.invalid, "secrets.\(name): the plugin knows no such secret; \(known)", "bad_secret"))
        } else if let reason = resolve(reference) {
          found.append(problem(.auth, "secrets.\(name): \(reason)", "secret_missing"))
        }
      }
      return found
    }
  }
}

/// All providers of a folder.
struct ProviderScan: Sendable {
  let providers: [ScannedProvider]
  /// Files that cannot be read.
  let unreadable: [ConfigProblem]
  private let folder: String

  /// Reads the files, and looks into the library of every provider that is switched on.
  init(folder: String, libraries: String) {
    let read = ProviderFile.readAll(in: folder)
    unreadable = read.problems
    self.folder = folder
    providers = read.files.map { file in
      let library = file.libraryPath(in: libraries)
      return ScannedProvider(file: file, library: library, inspection: file.enabled ? Self.inspect(file, library, folder) : nil)
    }
  }

  private static func inspect(_ file: ProviderFile, _ library: String, _ folder: String) -> Inspection {
    do throws(ProviderError) {
      try Isolation.verify(file, path: library, trustedKeys: folder + "/trusted_keys")
      return Inspection.of(library, package: file.package)
    } catch { return .refused(error) }
  }

  subscript(name: String) -> ScannedProvider? { providers.first { $0.file.name == name } }

  /// What keeps a provider from being loaded; empty when nothing does.
  func problems(of provider: ScannedProvider) -> [ProviderError] {
    let rivals = providers.filter { $0.file.name == provider.file.name && $0.file.path != provider.file.path }.map(\.file.path)
    return provider.problems(rivals: rivals) { reference in
      guard let place = SecretReference(reference) else { return "'\(reference)' is no reference to a secret" }
      do throws(Problem) {
        _ = try place.resolve(relativeTo: folder, masker: Masker())
        return nil
      } catch { return error.message }
    }
  }
}
