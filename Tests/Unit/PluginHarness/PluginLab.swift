// Opens a plugin's library the way a host does, so that tests see exactly what a host would.

import Foundation
public import PluginABI
public import Testing
public import Vox

/// A plugin under test: its library, one provider and one account.
public final class PluginLab {
  /// Why the plugin could not be opened.
  public struct Refusal: Error, CustomStringConvertible {
    public let description: String
  }

  public let host: FakeHost
  public let manifest: JSONValue
  public let account: vox_handle
  private let plugin: UnsafePointer<vox_plugin_v0>
  private var provider: UnsafeMutableRawPointer?
  private(set) var accountContext: UnsafeMutableRawPointer?

  /// - Parameters:
  ///   - library: product name, e.g. "Echo" for libEcho.so beside the tests or in `PATCHBAY_PLUGIN_DIR`; or a path.
  ///   - settings: for provider and account; checked against the manifest's schema first, as a host does.
  ///   - services: whether the host has any.
  public init(
    _ library: String, settings: JSONValue = [:], secrets: [String: String] = [:], clock: FakeHost.Clock = .virtual, services: Bool = true
  ) throws {
    host = FakeHost(clock: clock, offersServices: services)
    plugin = try Self.open(library)
    manifest = try plugin.pointee.manifest.json()
    let problems = try JSONSchema(manifest["settings"] ?? [:]).problems(in: settings)
    guard problems.isEmpty else { throw Refusal(description: problems.map(\.description).joined(separator: "; ")) }

    account = host.handle()
    var made: UnsafeMutableRawPointer?
    let status = withView(settings.text) { view in
      var view = view
      return plugin.pointee.create?(host.table, &view, &made) ?? vox_status(VOX_INTERNAL)
    }
    guard status == VOX_OK else { throw Refusal(description: host.log.last ?? "create answered \(status)") }
    provider = made
    try openAccount(settings, secrets)
  }

  private func openAccount(_ settings: JSONValue, _ secrets: [String: String]) throws {
    var context: UnsafeMutableRawPointer?
    let plugin = plugin
    host.register(account) { event in _ = plugin.pointee.deliver?(context, event) }
    let status: vox_status = withView("main") { id in
      withView(settings.text) { settings in
        withView("/lab/key") { base in
          withPairs(secrets) { pairs in
            var conf = vox_account_conf()
            conf.struct_size = UInt32(MemoryLayout<vox_account_conf>.size)
            conf.id = id
            conf.settings = settings
            conf.routes_base = base
            conf.nsecrets = UInt32(pairs.count)
            conf.secrets = pairs.baseAddress
            return plugin.pointee.open_account?(provider, account, &conf, &context) ?? vox_status(VOX_INTERNAL)
          }
        }
      }
    }
    guard status == VOX_OK else { throw Refusal(description: host.log.last ?? "open_account answered \(status)") }
    accountContext = context
  }

  /// Opens a session; its READY or refusal is among the host's events.
  /// - Parameter change: makes another request of the right one.
  public func open(
    _ role: Role, settings: JSONValue = [:], offer: String = "", inRate: Int = 16_000, outRate: Int = 16_000,
    change: (inout vox_open) -> Void = { _ in }
  ) throws -> LabSession {
    let table = withView(role.rawValue) { view in
      var view = view
      return plugin.pointee.role?(&view)
    }
    guard let table else { throw Refusal(description: "the plugin has no role \(role.rawValue)") }
    return try LabSession(
      host: host, table: table, account: accountContext, settings: settings, offer: offer, inRate: inRate, outRate: outRate,
      change: change)
  }

  /// Closes account and provider; sessions must have been destroyed.
  public func close() {
    plugin.pointee.close_account?(accountContext)
    host.forget(account)
    plugin.pointee.destroy?(provider)
    host.leave()
    accountContext = nil
    provider = nil
  }

  /// Ends a test as a host ends a call: close, CLOSED once, destroy; and no promise of the ABI was broken meanwhile.
  public func finish(_ session: LabSession, sourceLocation: SourceLocation = #_sourceLocation) {
    session.close()
    #expect(host.wait { _ in session.events(.closed).count == 1 }, sourceLocation: sourceLocation)
    session.destroy()
    close()
    #expect(host.violations == [], sourceLocation: sourceLocation)
  }

  private static let entryLock = NSLock()

  private static func open(_ library: String) throws -> UnsafePointer<vox_plugin_v0> {
    let path = library.hasPrefix("/") ? library : find(library)
    guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL | Int32(RTLD_NODELETE)), let symbol = dlsym(image, VOX_ENTRY_SYMBOL) else {
      throw Refusal(description: dlerror().map { String(cString: $0) } ?? "\(path): no entry")
    }
    typealias Entry = @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer?
    var why = vox_view()
    // The entry is called from one thread at a time, but tests run side by side.
    let table = entryLock.withLock { unsafeBitCast(symbol, to: Entry.self)(UInt32(VOX_ABI_DRAFT), UInt32(VOX_ABI_DRAFT), &why) }
    guard let table else {
      throw Refusal(description: why.string)
    }
    return table.assumingMemoryBound(to: vox_plugin_v0.self)
  }

  /// The library of that product: in `PATCHBAY_PLUGIN_DIR`, beside the test program, or among the examples the build has made.
  public static func find(_ library: String) -> String {
    var folder = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    if let told = ProcessInfo.processInfo.environment["PATCHBAY_PLUGIN_DIR"] { folder = told + "/" }
    var path = ""
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      for candidate in ["\(folder)/lib\(library).so", "\(folder)/examples/lib\(library).so"] {
        path = candidate
        if FileManager.default.fileExists(atPath: path) { return path }
      }
    }
    return path
  }
}

/// Lends name and value pairs for the length of `body`.
func withPairs<R>(_ items: [String: String], _ body: (UnsafeBufferPointer<vox_pair>) -> R) -> R {
  let copies = items.map { (immortalView($0.key), immortalView($0.value)) }
  return copies.map { vox_pair(name: $0.0, value: $0.1) }.withUnsafeBufferPointer(body)
}
