// A plugin's shared library: opened once, never closed, each way of being broken told apart.

import Glibc
public import PluginABI
public import Vox

/// A library that answered its entry with a complete table.
public struct Library: @unchecked Sendable {
  public let path: String
  public let manifest: Manifest
  public let table: UnsafePointer<vox_plugin_v0>
  public let sessions: [Role: UnsafePointer<vox_session_v0>]
  /// What `create` finds in the place where it is to put its provider: nil for a plugin in this process.
  public let context: UnsafeMutableRawPointer?

  /// A library whose functions stand for those of a plugin elsewhere, such as in a worker process.
  ///
  /// - Parameters:
  ///   - table: constant for the life of the process, like the tables of each role.
  ///   - context: kept valid by the caller until `destroy` was called.
  public init(
    path: String, manifest: Manifest, table: UnsafePointer<vox_plugin_v0>, sessions: [Role: UnsafePointer<vox_session_v0>],
    context: UnsafeMutableRawPointer?
  ) {
    self.path = path
    self.manifest = manifest
    self.table = table
    self.sessions = sessions
    self.context = context
  }

  /// The versions this host speaks.
  static let abi = UInt32(VOX_ABI_DRAFT)...UInt32(VOX_ABI_DRAFT)

  /// Opens a library. The error is one sentence that says what is wrong with the file and what to do.
  ///
  /// The image is never closed: after a dlclose of a Swift library the next dynamic cast anywhere in the process crashes.
  /// - Parameters:
  ///   - path: of the file.
  ///   - package: the Debian package that brings what the library needs, for the sentence; empty = not known.
  public static func open(_ path: String, package: String = "") throws(ProviderError) -> Library {
    try ELFFile.check(path)
    guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)) else {
      throw refusal(path, of: String(cString: dlerror()), package: package)
    }
    guard let symbol = dlsym(image, VOX_ENTRY_SYMBOL) else {
      throw ProviderError(
        .invalid, "\(path) is no vox plugin: it exports no symbol \(VOX_ENTRY_SYMBOL); link it with PluginABI/include/vox/entry.h",
        code: "symbol_missing")
    }
    return try adopt(unsafeBitCast(symbol, to: Entry.self), path: path)
  }

  /// The one symbol a plugin exports.
  public typealias Entry = @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer?

  /// Takes a plugin by its entry: of an opened library, or of code that is linked into this program (tests, benchmarks).
  public static func adopt(_ entry: Entry, path: String) throws(ProviderError) -> Library {
    let table = try negotiate(path, entry)
    try checkMembers(path, table)
    guard table.pointee.manifest.len <= UInt64(Manifest.maxBytes) else {
      throw ProviderError(.invalid, "\(path): its manifest is longer than 256 KiB", code: "bad_manifest")
    }
    let manifest: Manifest
    do { manifest = try Manifest(table.pointee.manifest.string) } catch {
      throw ProviderError(.invalid, "\(path): \(error.message)", code: error.code)
    }
    return Library(path: path, manifest: manifest, table: table, sessions: try findRoles(path, manifest, table), context: nil)
  }

  /// What the dynamic linker's complaint means for the operator.
  private static func refusal(_ path: String, of complaint: String, package: String) -> ProviderError {
    let missing = complaint.split(separator: ":").first.map(String.init) ?? ""
    if complaint.contains("cannot open shared object file"), missing != path {
      let remedy = package.isEmpty ? "install the package that has it" : "install it with: apt-get install \(package)"
      return ProviderError(.unavailable, "\(path) needs \(missing), which is not on this machine; \(remedy)", code: "dependency_missing")
    }
    return ProviderError(.invalid, "\(path) cannot be opened: \(complaint)", code: "dlopen_failed")
  }

  private static func negotiate(_ path: String, _ entry: Entry) throws(ProviderError) -> UnsafePointer<vox_plugin_v0> {
    var why = vox_view(ptr: nil, len: 0)
    guard let answer = entry(abi.lowerBound, abi.upperBound, &why) else {
      let reason = why.len > 0 ? why.string : "it gave no reason"
      throw ProviderError(
        .invalid, "\(path) does not serve this host, which speaks vox draft \(abi.upperBound): \(reason)", code: "entry_refused")
    }
    let head = answer.assumingMemoryBound(to: UInt32.self)
    let (size, version) = (head[0], head[1])
    guard abi.contains(version) else {
      let remedy = version < abi.lowerBound ? "rebuild the plugin against the newer headers" : "use a newer host"
      throw ProviderError(
        .invalid, "\(path) speaks vox draft \(version), this host \(abi.upperBound) only; \(remedy)",
        code: version < abi.lowerBound ? "abi_too_old" : "abi_too_new")
    }
    guard size == UInt32(MemoryLayout<vox_plugin_v0>.size) else {
      throw ProviderError(
        .invalid,
        "\(path) answered a table of \(size) bytes where vox_plugin_v0 has \(MemoryLayout<vox_plugin_v0>.size); rebuild it against the headers of this host",
        code: "wrong_struct_size")
    }
    return answer.assumingMemoryBound(to: vox_plugin_v0.self)
  }

  private static func checkMembers(_ path: String, _ table: UnsafePointer<vox_plugin_v0>) throws(ProviderError) {
    let t = table.pointee
    let members: [(String, Bool)] = [
      ("create", t.create != nil), ("destroy", t.destroy != nil), ("open_account", t.open_account != nil),
      ("update_account", t.update_account != nil), ("deliver", t.deliver != nil), ("close_account", t.close_account != nil),
      ("role", t.role != nil),
    ]
    if let missing = members.first(where: { !$0.1 }) { throw memberMissing(path, "vox_plugin_v0.\(missing.0)") }
  }

  private static func memberMissing(_ path: String, _ member: String) -> ProviderError {
    ProviderError(.invalid, "\(path): \(member) is a null pointer; every member must be a function", code: "missing_member")
  }

  /// Every role the manifest declares must have its table, complete and of the right size.
  private static func findRoles(
    _ path: String, _ manifest: Manifest, _ table: UnsafePointer<vox_plugin_v0>
  ) throws(ProviderError) -> [Role: UnsafePointer<vox_session_v0>] {
    var found: [Role: UnsafePointer<vox_session_v0>] = [:]
    for role in manifest.roles.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      let answer = withView(role.rawValue) { view in
        var view = view
        return table.pointee.role?(&view)
      }
      guard let sessions = answer else {
        throw ProviderError(
          .invalid, "\(path): its manifest declares \(role.rawValue), but the library answers no table for it", code: "manifest_mismatch")
      }
      let s = sessions.pointee
      guard s.struct_size == UInt32(MemoryLayout<vox_session_v0>.size) else {
        throw ProviderError(
          .invalid,
          "\(path): the table of \(role.rawValue) has \(s.struct_size) bytes where vox_session_v0 has \(MemoryLayout<vox_session_v0>.size)",
          code: "wrong_struct_size")
      }
      var members: [(String, Bool)] = [
        ("open", s.open != nil), ("start", s.start != nil), ("cancel", s.cancel != nil), ("deliver", s.deliver != nil),
        ("close", s.close != nil), ("destroy", s.destroy != nil), ("finalize", s.finalize != nil),
      ]
      // Only these two roles are given audio.
      if role == .stt || role == .telephony { members.append(("push_audio", s.push_audio != nil)) }
      if let missing = members.first(where: { !$0.1 }) { throw memberMissing(path, "vox_session_v0.\(missing.0) of \(role.rawValue)") }
      found[role] = sessions
    }
    return found
  }
}
