// One tenant's folder on disk, read whole: `tenant.yaml`, and `agents/<id>.yaml` beside it.

import Config
import Glibc

/// What came of reading one tenant's folder. A bad agent file costs that agent; a bad `tenant.yaml` costs the tenant. The number of an
/// agent that is not there stays the tenant's.
struct TenantFolder {
  var tenant: Tenant?
  var problems: [ConfigProblem]

  /// - Parameter previous: this folder's tenant as it stood before; what can no longer be read stays as it was.
  init(_ path: String, keeping previous: Tenant?) {
    let loaded = ConfigFile.read(path + "/tenant.yaml") { Tenant($0) }
    problems = loaded.problems
    guard var tenant = loaded.value else {
      self.tenant = previous
      return
    }
    var names: [String] = []
    do throws(ConfigProblem) { names = try access(path + "/agents", F_OK) == 0 ? Self.names(in: path + "/agents") : [] } catch {
      problems.append(error)
      tenant.agents = previous?.agents ?? [:]
    }
    for name in names {
      guard name.hasSuffix(".yaml") else {
        problems.append(ConfigProblem(file: "\(path)/agents/\(name)", "not read; an agent's file is named <id>.yaml"))
        continue
      }
      let id = String(name.dropLast(5))
      let file = "\(path)/agents/\(name)"
      let agent = ConfigFile.read(file, root: path) { fields in
        Agent(id: id, fields, language: tenant.language, chains: tenant.chains, voices: tenant.voices)
      }
      problems += agent.problems
      tenant.agents[id] = agent.value ?? previous?.agents[id]
    }
    for (number, agent) in tenant.numbers.sorted(by: { $0.key < $1.key }) where tenant.agents[agent] == nil {
      if let before = previous?.numbers[number], tenant.agents[before] != nil { tenant.numbers[number] = before }
      let agents = tenant.agents.keys.sorted().joined(separator: ", ")
      problems.append(
        ConfigProblem(
          file: path + "/tenant.yaml", field: "numbers.\(number)",
          "there is no agent '\(agent)'; put it in agents/\(agent).yaml\(agents.isEmpty ? "" : ", or name one of \(agents)")"))
    }
    self.tenant = tenant
  }

  /// The names in a folder, sorted.
  static func names(in path: String) throws(ConfigProblem) -> [String] {
    guard let folder = opendir(path) else { throw ConfigProblem(file: path, "cannot be opened: \(String(cString: strerror(errno)))") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
