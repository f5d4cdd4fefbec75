// All tenants of a host, and the way from a number to the agent that answers it.

public import Config
import Glibc

/// The tenants found in a folder: every folder in it that holds a `tenant.yaml`, or the folder itself when it holds one.
///
/// A value; a reload makes a new one. One bad file costs what it describes and nothing else: other tenants, other agents and, on a
/// reload, what stood before go on.
public struct TenantDirectory: Sendable {
  /// Who answers a call.
  public struct Route: Equatable, Sendable {
    public var tenant: Tenant
    public var agent: Agent
  }

  public private(set) var tenants: [String: Tenant] = [:]
  /// Everything wrong in any file, in the order of the folders.
  public private(set) var problems: [ConfigProblem] = []
  private var folders: [String: String] = [:]
  private var numbers: [String: (tenant: String, agent: String)] = [:]

  /// An empty directory, for hosts that are given their tenants in code.
  public init() {}

  /// Reads `folder`.
  /// - Parameter previous: the directory as it stood before; a file that can no longer be read leaves its tenant or agent unchanged, and
  ///   a number stays with the tenant that has it.
  public static func load(_ folder: String, keeping previous: TenantDirectory? = nil) -> TenantDirectory {
    var directory = TenantDirectory()
    var paths = [folder]
    if access(folder + "/tenant.yaml", F_OK) != 0 {
      do throws(ConfigProblem) { paths = try TenantFolder.names(in: folder).map { "\(folder)/\($0)" } } catch {
        // Nothing can be said of anybody in it, as while the folder is being replaced.
        directory = previous ?? directory
        directory.problems = [error]
        return directory
      }
    }
    var found: [(path: String, tenant: Tenant)] = []
    for path in paths where access(path + "/tenant.yaml", F_OK) == 0 {
      let before = previous?.folders.first { $0.value == path }.flatMap { previous?.tenants[$0.key] }
      let read = TenantFolder(path, keeping: before)
      directory.problems += read.problems
      if let tenant = read.tenant { found.append((path, tenant)) }
    }
    // Tenants that were here before come first, and keep the numbers they had: no other file can take an id or a number from them.
    let known = found.filter { previous?.folders[$0.tenant.id] == $0.path }
    let fresh = found.filter { previous?.folders[$0.tenant.id] != $0.path }
    var owners: [String: String] = [:]
    for (_, tenant) in known {
      for number in tenant.numbers.keys where previous?.numbers[number]?.tenant == tenant.id { owners[number] = tenant.id }
    }
    for (path, tenant) in known + fresh { directory.add(tenant, from: path, owners: owners) }
    if found.isEmpty, directory.problems.isEmpty {
      directory.problems.append(ConfigProblem(file: folder, "no tenant here: expected tenant.yaml, or folders that hold one"))
    }
    return directory
  }

  /// Adds a tenant made in code. Numbers that another tenant has stay with that one.
  public mutating func add(_ tenant: Tenant) { add(tenant, from: "", owners: [:]) }

  /// The tenant and agent for a number or address as it was dialled; nil when nobody answers it. When the agent of a number is not there,
  /// the one that answers every other number of the same tenant takes the call, never somebody else's.
  public func route(to number: String) -> Route? {
    guard let found = Words.address(number).flatMap({ numbers[$0] }) ?? numbers["*"], let tenant = tenants[found.tenant],
      let agent = tenant.agents[found.agent] ?? tenant.numbers["*"].flatMap({ tenant.agents[$0] })
    else { return nil }
    return Route(tenant: tenant, agent: agent)
  }

  private mutating func add(_ tenant: Tenant, from path: String, owners: [String: String]) {
    let file = path + "/tenant.yaml"
    if let other = folders[tenant.id] {
      problems.append(ConfigProblem(file: file, field: "id", "the id '\(tenant.id)' belongs to \(other)/tenant.yaml; choose another"))
      return
    }
    var tenant = tenant
    for (number, agent) in tenant.numbers.sorted(by: { $0.key < $1.key }) {
      if numbers[number] != nil || owners[number] ?? tenant.id != tenant.id {
        tenant.numbers[number] = nil
        problems.append(ConfigProblem(file: file, field: "numbers.\(number)", "the number belongs to another tenant already"))
      } else {
        numbers[number] = (tenant.id, agent)
      }
    }
    folders[tenant.id] = path
    tenants[tenant.id] = tenant
  }
}
