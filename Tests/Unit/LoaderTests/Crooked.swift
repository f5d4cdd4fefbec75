// Plugin tables made by hand, broken in ways a compiler would not produce.

import PluginABI
import Synchronization
import Vox

/// Tables that live as long as the process.
enum Crooked {
  private static func install(
    abi: Int = Int(VOX_ABI_DRAFT), manifest: String = #"{"id":"crooked","version":"1","roles":{"vox.tts/0":{}},"secrets":["api_key"]}"#,
    role: @escaping @convention(c) (UnsafePointer<vox_view>) -> UnsafePointer<vox_session_v0>?
  ) -> UnsafeMutablePointer<vox_plugin_v0> {
    let table = UnsafeMutablePointer<vox_plugin_v0>.allocate(capacity: 1)
    table.initialize(
      to: vox_plugin_v0(
        struct_size: UInt32(MemoryLayout<vox_plugin_v0>.size), abi: UInt32(abi), manifest: immortalView(manifest),
        create: { host, _, provider in
          provider.pointee = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(host))
          return vox_status(VOX_OK)
        }, destroy: { _ in }, open_account: { provider, account, conf, _ in Crooked.tellSecrets(provider, account, conf) },
        update_account: { _, _ in vox_status(VOX_OK) }, deliver: { _, _ in vox_status(VOX_OK) }, close_account: { _ in }, role: role))
    return table
  }

  /// Writes the account's secret to the log, once alone and once where the line is cut, and complains of it as vendors do.
  private static func tellSecrets(_ provider: UnsafeMutableRawPointer?, _ account: vox_handle, _ conf: UnsafePointer<vox_account_conf>)
    -> vox_status
  {
    guard let host = provider?.assumingMemoryBound(to: vox_host_v0.self), let pair = conf.pointee.secrets?.pointee else {
      return vox_status(VOX_INVALID)
    }
    for text in ["the key is \(pair.value.string)", String(repeating: "x", count: 1020) + pair.value.string] {
      withView(text) { view in
        var view = view
        host.pointee.log?(host.pointee.ctx, account, Int32(VOX_LOG_INFO), &view)
      }
    }
    ProviderError(.auth, "wrong key \(pair.value.string)", scope: .account, detail: "got \(pair.value.string)").withVox {
      var event = vox_ev_account()
      event.h = Layout.head(vox_ev_account.self, .accountState, target: account)
      event.state = UInt32(VOX_ACCOUNT_FAILED)
      event.error = $0
      withUnsafePointer(to: &event) { event in
        event.withMemoryRebound(to: vox_event.self, capacity: 1) { _ = host.pointee.emit?(host.pointee.ctx, $0) }
      }
    }
    return vox_status(VOX_OK)
  }

  nonisolated(unsafe) private static let sessions = {
    let table = UnsafeMutablePointer<vox_session_v0>.allocate(capacity: 1)
    table.initialize(
      to: vox_session_v0(
        struct_size: UInt32(MemoryLayout<vox_session_v0>.size), flags: 0, open: { _, _, _, _ in vox_status(VOX_OK) },
        start: { _, _, _ in vox_status(VOX_OK) }, push_audio: nil, push_bytes: nil, finalize: { _, _, _ in vox_status(VOX_OK) },
        cancel: { _, _, _ in vox_status(VOX_OK) }, deliver: { _, _ in vox_status(VOX_OK) }, close: { _, _, _ in vox_status(VOX_OK) },
        destroy: { _ in }))
    return UnsafePointer(table)
  }()

  /// Speaks a draft before the first.
  nonisolated(unsafe) static let old = install(abi: 0) { _ in nil }
  /// Declares a role it has no table for.
  nonisolated(unsafe) static let boaster = install { _ in nil }
  /// Refuses its settings and leaves something in the out-place all the same. Whoever destroys it is counted.
  static let destroyed = Atomic(0)
  nonisolated(unsafe) static let littering = {
    let table = install { _ in Crooked.sessions }
    table.pointee.create = { host, _, provider in
      provider.pointee = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(host))
      return vox_status(VOX_INVALID)
    }
    table.pointee.destroy = { _ in Crooked.destroyed.add(1, ordering: .relaxed) }
    return table
  }()
  /// Opens no account, and leaves something in the out-place all the same. Whoever closes it is counted.
  static let closed = Atomic(0)
  nonisolated(unsafe) static let sullen = {
    let table = install { _ in Crooked.sessions }
    table.pointee.open_account = { provider, _, _, account in
      account.pointee = provider
      return vox_status(VOX_INVALID)
    }
    table.pointee.close_account = { _ in Crooked.closed.add(1, ordering: .relaxed) }
    return table
  }()
  /// Cannot keep a secret.
  nonisolated(unsafe) static let secretive = install { _ in Crooked.sessions }
}
