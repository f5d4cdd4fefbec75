// What a plugin in a worker may reach, and the report of what the kernel really took away.

import CLinux
import Glibc
public import Vox

/// The walls around a worker. They are put up in the worker before the plugin is loaded.
public struct Sandbox: Sendable, Hashable {
  public enum Network: String, Sendable {
    /// No socket at all: hosts are reached through the host's services.
    case none
    /// Sockets of its own, for SIP and WebRTC.
    case own
  }

  public var network = Network.none
  /// With sockets of its own: the TCP ports that may be bound and connected to; nil = all. Landlock holds a process to them. No kernel
  /// holds one to UDP ports, or to addresses, without rights that a worker must not have.
  public var tcpPorts: [ClosedRange<UInt16>]?
  /// Folders and files that may be read besides the system's libraries.
  public var readable: [String] = []
  /// Folders and files that may be written.
  public var writable: [String] = []
  /// A wall the kernel does not offer refuses the plugin; otherwise it is reported and the worker goes on.
  public var isStrict = false

  public init() {}

  var ownNamespaces: Bool { network == .none }

  /// Where libraries, certificates, time zones and the kernel's view of this very process lie.
  private static let systemPaths = [
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share", "/etc/ld.so.cache", "/etc/localtime",
    "/etc/ssl", "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/proc/self", "/proc/cpuinfo",
    "/proc/meminfo", "/sys/devices/system/cpu", "/dev/urandom", "/dev/random", "/dev/zero",
  ]

  /// Where Swift's runtime lies: plugins need parts of it that this program may not have loaded.
  private static var swiftFolder: String {
    guard let name = clinux_library_of("swift_retain") else { return "/usr/lib/swift/linux" }
    let path = String(cString: name)
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
  }

  /// Puts the walls up around this process, for ever. To be called while it has one thread.
  ///
  /// - Parameters:
  ///   - limits: of the process.
  ///   - namespaceError: what the making of its namespaces answered; 0 = they are there.
  ///   - folder: where the library lies, for the libraries beside it.
  func enter(_ limits: WorkerOrder.Limits, namespaceError: Int32, folder: String) -> SandboxReport {
    var report = SandboxReport()
    // The folder of the threads has two links beside theirs. A thread that is there already would keep its rights.
    var threads = stat()
    report.note("one thread", stat("/proc/self/task", &threads) == 0 && threads.st_nlink == 3 ? 0 : EBUSY)
    report.note("no new privileges", clinux_no_new_privileges())
    let hasNamespaces = ownNamespaces && namespaceError == 0
    if ownNamespaces { report.note("namespaces of its own", namespaceError) }
    // Without a namespace the limit would count every thread of this user.
    report.note("limits", clinux_limit(limits.memoryBytes, limits.files, hasNamespaces ? limits.threads : 0))
    report.note("no capabilities", clinux_drop_capabilities())
    report.landlock = Int(clinux_landlock_version())
    report.note("Landlock", restrict(folder))
    if network == .own, tcpPorts != nil {
      report.note("TCP ports", report.landlock >= 4 ? 0 : ENOSYS)
      report.note("UDP ports", ENOSYS)
    }
    let sockets = network == .none ? CLINUX_SYSCALLS_NO_SOCKETS : CLINUX_SYSCALLS_INTERNET
    report.note("system call filter", clinux_filter_syscalls(Int32(sockets)))
    return report
  }

  private func restrict(_ folder: String) -> Int32 {
    let rules = clinux_landlock_begin(network == .none || tcpPorts != nil ? UInt32(CLINUX_LANDLOCK_NO_TCP) : 0)
    guard rules >= 0 else { return -rules }
    // Where the kernel knows no ports, the report says so.
    if network == .own { for port in (tcpPorts ?? []).joined() { _ = clinux_landlock_allow_port(rules, port) } }
    // A path that this machine does not have needs no rule.
    func allow(_ path: String, write: Bool) { _ = clinux_landlock_allow(rules, path, write ? 1 : 0) }
    for path in Self.systemPaths + readable + [folder, Self.swiftFolder] { allow(path, write: false) }
    for path in writable + ["/dev/null"] { allow(path, write: true) }
    return clinux_landlock_enforce(rules)
  }
}

/// Which walls stand.
public struct SandboxReport: Sendable, Hashable {
  /// The version of Landlock in force; 0 = none.
  public internal(set) var landlock = 0
  public private(set) var standing: [String] = []
  /// One clause for each wall that is missing: which, and what the kernel said.
  public private(set) var gaps: [String] = []

  init() {}

  mutating func note(_ wall: String, _ error: Int32) {
    if error == 0 { standing.append(wall) } else { gaps.append("\(wall): \(String(cString: strerror(error)))") }
  }

  public var json: JSONValue {
    ["landlock": .int(Int64(landlock)), "standing": .array(standing.map { .string($0) }), "gaps": .array(gaps.map { .string($0) })]
  }

  /// Reads what a worker reported.
  init(_ json: JSONValue) {
    landlock = json["landlock"]?.int ?? 0
    standing = (json["standing"]?.array ?? []).compactMap(\.string)
    gaps = (json["gaps"]?.array ?? []).compactMap(\.string)
  }
}
