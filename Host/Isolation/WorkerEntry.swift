// A library in workers behind the one symbol that a plugin exports, for programs that try a plugin by the ABI alone.

import Loader
public import PluginABI
import Synchronization
public import Vox

/// Stands for `vox_plugin_entry` of one library whose every provider runs in workers of its own. One library per process.
public enum WorkerEntry {
  public typealias Entry = @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer?

  private struct Opened: @unchecked Sendable {
    let isolation: Isolation
    let library: SealedLibrary
    let order: WorkerOrder
    let roles: Set<Role>
    let table: UnsafePointer<vox_plugin_v0>
  }
  private static let opened = Mutex<Opened?>(nil)

  /// Opens the library; its providers may read every file, since what they may read is the operator's to say.
  public static func of(_ path: String, _ isolation: Isolation) throws(ProviderError) -> Entry {
    let library = try SealedLibrary(path)
    var order = isolation.order(path)
    order.sandbox.readable = ["/"]
    order.sandbox.writable = ["/tmp"]
    let text = try isolation.probe(library, order).manifest
    let manifest: Manifest
    do { manifest = try Manifest(text) } catch { throw ProviderError(.invalid, error.message, scope: .provider, code: error.code) }
    if manifest.network == "own" { order.sandbox.network = .own }
    let table = UnsafeMutablePointer<vox_plugin_v0>.allocate(capacity: 1)
    table.initialize(to: ProxyTable.plugin.pointee)
    table.pointee.manifest = kept(text)
    table.pointee.create = create
    table.pointee.role = role
    let found = Opened(
      isolation: isolation, library: library, order: order, roles: Set(manifest.roles.keys), table: UnsafePointer(table))
    opened.withLock { $0 = found }
    return entry
  }

  private static let entry: Entry = { min, max, why in
    guard min <= UInt32(VOX_ABI_DRAFT), max >= UInt32(VOX_ABI_DRAFT), let opened = opened.withLock({ $0 }) else {
      why.pointee = kept("workers speak vox draft \(VOX_ABI_DRAFT)")
      return nil
    }
    return UnsafeRawPointer(opened.table)
  }

  private static let create:
    @convention(c) (
      UnsafePointer<vox_host_v0>, UnsafePointer<vox_view>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { host, settings, place in
      guard let opened = opened.withLock({ $0 }),
        let library = try? opened.isolation.open(opened.library, opened.order, name: opened.library.path)
      else { return vox_status(VOX_INTERNAL) }
      var context = library.context
      let status = ProxyTable.plugin.pointee.create?(host, settings, &context) ?? vox_status(VOX_INTERNAL)
      if status == vox_status(VOX_OK) { place.pointee = context }
      return status
    }

  private static let role: @convention(c) (UnsafePointer<vox_view>) -> UnsafePointer<vox_session_v0>? = { id in
    guard let role = Role(rawValue: id.pointee.string), opened.withLock({ $0?.roles.contains(role) == true }) else { return nil }
    return ProxyTable.sessions[role]
  }

  /// Text that stays for the life of the process.
  private static func kept(_ text: String) -> vox_view {
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(text.utf8.count, 1))
    _ = bytes.update(fromContentsOf: Array(text.utf8))
    return vox_view(ptr: UnsafePointer(bytes.baseAddress), len: UInt64(text.utf8.count))
  }
}
