// Tenants changed while the host serves: calls that go on take a new chain with their next turn, new calls take everything.

import Base
import Calls
import Config
import FoundationEssentials
import Journal
import Loader
import Logging
import Tenants

extension Runtime {
  /// Reads the tenants' folder anew. What a file that cannot be read describes stays as it was.
  func reloadTenants() async {
    let directory = TenantDirectory.load(options.config, keeping: desk.directory)
    for problem in directory.problems {
      log.error("\(problem); what was there before stays")
      journal.append(.configurationRefused(Fact.ConfigurationRefused(file: problem.file, problems: [problem.description])), about: .host)
    }
    desk.directory = directory
    log.info("the tenants were read anew: \(directory.tenants.count) of them, \(directory.problems.count) problems")
    await vocabularies.prepare(directory, providers: registry)
    await recordings.prepare(directory, providers: registry)
  }

  /// The state of every file in the tenants' folder, those that others include as well.
  func tenantStamps() -> [String: FileStamp] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: options.config)) ?? []
    var stamps: [String: FileStamp] = [:]
    for name in names.prefix(Self.maxTenantFiles) { stamps[name] = FileStamp("\(options.config)/\(name)") }
    return stamps
  }

  /// A host has some hundred tenants of a few files each; a folder with more is not one of tenants.
  private static let maxTenantFiles = 20_000
}
