// The host's side of the ABI: the functions every plugin is given.

public import Base
import PluginABI
import Synchronization
import Vox

/// What all providers of a host share: the clock, the loops, the services.
public final class HostContext: @unchecked Sendable {
  public let clock: any Clock
  private let tables: [SessionTable]
  private let services = Mutex<[String: @Sendable (Provider) -> UnsafeRawPointer?]>([:])

  /// The durable items of a provider by key, for the accounts it opens.
  let stateItems: @Sendable (String) -> [String: [UInt8]]

  /// - Parameter stateItems: the durable items of the provider of that name.
  public init(clock: any Clock, tables: [SessionTable], stateItems: @escaping @Sendable (String) -> [String: [UInt8]] = { _ in [:] }) {
    self.clock = clock
    self.stateItems = stateItems
    self.tables = tables
  }

  func table(_ loop: Int) -> SessionTable? { tables.indices.contains(loop) ? tables[loop] : nil }

  /// Offers an optional service under its id. The function answers the constant table for one provider, or NULL when it may
  /// not use the service.
  public func offer(_ id: String, _ table: @escaping @Sendable (Provider) -> UnsafeRawPointer?) {
    services.withLock { $0[id] = table }
  }

  func service(_ id: String, _ provider: Provider) -> UnsafeRawPointer? { services.withLock { $0[id] }?(provider) }
}

/// Builds `vox_host_v0`. The ctx of a table is the provider it was made for.
enum HostTable {
  static func make(abi: UInt32) -> vox_host_v0 {
    vox_host_v0(
      struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: abi, ctx: nil, emit: emit, now: now, log: log, timer: timer,
      service: service)
  }

  private static let emit: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { ctx, e in
    guard let ctx else { return vox_status(VOX_INVALID) }
    return Unmanaged<Provider>.fromOpaque(ctx)._withUnsafeGuaranteedRef { $0.emit(e) }
  }

  private static let now: @convention(c) (UnsafeMutableRawPointer?) -> vox_time = { ctx in
    guard let ctx else { return 0 }
    return Unmanaged<Provider>.fromOpaque(ctx)._withUnsafeGuaranteedRef { $0.host.clock.now.ns }
  }

  private static let log: @convention(c) (UnsafeMutableRawPointer?, vox_handle, Int32, UnsafePointer<vox_view>) -> Void = {
    ctx, _, level, text in
    guard let ctx, text.pointee.len <= 1 << 20 else { return }
    Unmanaged<Provider>.fromOpaque(ctx).takeUnretainedValue().log(text.pointee.string, level: level)
  }

  private static let timer: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, vox_time) -> vox_status = {
    ctx, owner, token, at in
    guard let ctx else { return vox_status(VOX_INVALID) }
    return Unmanaged<Provider>.fromOpaque(ctx).takeUnretainedValue().timer(owner, token: token, at: at)
  }

  private static let service: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_view>) -> UnsafeRawPointer? = { ctx, id in
    guard let ctx else { return nil }
    return Unmanaged<Provider>.fromOpaque(ctx).takeUnretainedValue().service(id.pointee.string)
  }
}
