// Where one case tries one plugin: every step up to a running session, each with the clause it rests on.

import PluginABI
import Vox

/// The set-up of one case. Used by one thread; the steps throw the breach that ended them.
final class Bench {
  let path: String
  let supplies: Supplies
  var settings: JSONValue { supplies.settings }
  let lender = Lender()
  /// Calls of sessions come on a new thread each time.
  var hops = false
  /// What each call of a session cost, in nanoseconds.
  private(set) var costs: [UInt64] = []
  private var hosts: [ValidatingHost] = []
  private var noted: [Breach] = []

  /// The clause that is tried.
  let clause: Clause

  private let entry: Library.Entry?

  init(clause: Clause, library: String, supplies: Supplies, entry: Library.Entry? = nil) {
    self.entry = entry
    self.clause = clause
    path = library
    self.supplies = supplies
  }

  /// Everything that was noted so far, by the case and by its hosts.
  var breaches: [Breach] { noted + hosts.flatMap(\.breaches) }

  /// Ids of the services that were asked for, each once.
  var servicesAsked: Set<String> { Set(hosts.flatMap(\.servicesAsked)) }

  func note(_ clause: Clause, _ sentence: String) { noted.append(Breach(clause, sentence)) }

  func library() throws -> Library { try entry.map { Library(entry: $0) } ?? Library(path: path) }

  /// The plugin's table, whose functions are all there.
  func table() throws -> Library.Table {
    let table = try library().table()
    let missing = Self.missing(table.pointee)
    guard missing.isEmpty else { throw Breach(.members, "the plugin's table lacks \(missing.joined(separator: ", "))") }
    return table
  }

  private static func missing(_ t: vox_plugin_v0) -> [String] {
    let members: [(String, Bool)] = [
      ("create", t.create == nil), ("destroy", t.destroy == nil), ("open_account", t.open_account == nil),
      ("update_account", t.update_account == nil), ("deliver", t.deliver == nil), ("close_account", t.close_account == nil),
      ("role", t.role == nil),
    ]
    return members.filter(\.1).map(\.0)
  }

  func manifest() throws -> Manifest { try Manifest(try table().pointee.manifest) }

  /// What `role` answers, unchecked.
  func role(_ id: String) throws -> UnsafePointer<vox_session_v0>? {
    let table = try table()
    return lender.lend { loan in
      let view = loan.place(loan.view(id))
      return table.pointee.role?(view)
    }
  }

  /// The session table of a role, whose size is right and whose functions are all there.
  func sessionTable(_ role: Role) throws -> UnsafePointer<vox_session_v0> {
    guard let table = try self.role(role.rawValue) else {
      throw Breach(.rolesDeclared, "the manifest declares \(role.rawValue), role() answers NULL to it")
    }
    let size = MemoryLayout<vox_session_v0>.size
    guard Int(table.pointee.struct_size) == size else {
      throw Breach(.tableSizes, "the table of \(role.rawValue) says it has \(table.pointee.struct_size) bytes, it has \(size)")
    }
    let missing = Self.missing(table.pointee, role)
    guard missing.isEmpty else { throw Breach(.members, "the table of \(role.rawValue) lacks \(missing.joined(separator: ", "))") }
    return table
  }

  /// Only who is given audio needs the functions that take it.
  private static func missing(_ t: vox_session_v0, _ role: Role) -> [String] {
    let takesAudio = role == .stt || role == .telephony
    let members: [(String, Bool)] = [
      ("open", t.open == nil), ("start", t.start == nil), ("cancel", t.cancel == nil), ("deliver", t.deliver == nil),
      ("close", t.close == nil), ("destroy", t.destroy == nil), ("push_audio", takesAudio && t.push_audio == nil),
      ("finalize", takesAudio && t.finalize == nil),
    ]
    return members.filter(\.1).map(\.0)
  }

  /// A provider made from the settings of this bench.
  func provider(services: Bool = true) throws -> OpenProvider {
    let host = ValidatingHost()
    hosts.append(host)
    if services { host.offer(ServiceTables(supplies.services?(host.port(try manifest().json)))) }
    return try OpenProvider(bench: self, table: try table(), host: host)
  }

  /// Makes a call of a session and measures it.
  func sessionCall<R>(_ body: @escaping () -> R) -> R {
    var result: R?
    var cost: UInt64 = 0
    let measured = {
      let watch = Stopwatch()
      result = body()
      cost = watch.read()
    }
    if hops { onAnotherThread(measured) } else { measured() }
    costs.append(cost)
    // `measured` has run on either way.
    return result.unsafelyUnwrapped
  }

  func forgetCosts() { costs = [] }

  /// Opens a session in every declared role, one after the other, and closes it after `body`, until a role breaks the clause.
  /// A role that opens only for offers is left out; when that leaves none, the case does not apply.
  func eachRole(_ only: Set<Role> = Set(Role.allCases), _ body: (OpenSession) throws -> Void) throws {
    let roles = try manifest().roles.filter(only.contains)
    guard !roles.isEmpty else { throw NotApplicable("it has none of the roles \(only.map(\.name).sorted().joined(separator: ", "))") }
    let provider = try provider()
    let account = try provider.openAccount()
    var left: NotApplicable?
    var tried = 0
    for role in roles {
      do {
        let session = try account.openSession(role)
        try body(session)
        session.end()
        tried += 1
        if breaches.contains(where: { $0.clause == clause }) { break }
      } catch let other as NotApplicable {
        left = other
      }
    }
    account.close()
    provider.destroy()
    if tried == 0, let left { throw left }
  }
}
