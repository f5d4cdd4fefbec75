// Where things are when nobody says otherwise.

import Glibc

/// Default folders. An environment variable goes before them, an option before that.
enum Places {
  /// The folder of the journal and the control socket: `PATCHBAY_STATE`, else where the XDG base directory specification puts state.
  static var state: String {
    if let set = variable("PATCHBAY_STATE") { return set }
    if let base = variable("XDG_STATE_HOME"), base.hasPrefix("/") { return base + "/patchbay" }
    return variable("HOME").map { $0 + "/.local/state/patchbay" } ?? "/var/lib/patchbay"
  }

  /// The folder of the tenants.
  static var config: String { variable("PATCHBAY_CONFIG") ?? here("deploy/demo", else: "/etc/patchbay/tenants") }

  /// The folder of the providers' files.
  static var providers: String { variable("PATCHBAY_PROVIDERS") ?? here("plugins.d", else: "/etc/patchbay/plugins.d") }

  /// The folder of the libraries: that of this program, where a build puts them too.
  static var libraries: String { variable("PATCHBAY_PLUGIN_DIR") ?? folder(of: program) }

  /// The folder of the voice detector's weights.
  static var weights: String { variable("PATCHBAY_WEIGHTS") ?? here(".build/silero", else: folder(of: program) + "/silero") }

  /// The path of this program.
  static var program: String {
    guard let path = realpath("/proc/self/exe", nil) else { return "/proc/self/exe" }
    defer { free(path) }
    return String(cString: path)
  }

  /// The path from the root, so that another process finds the same file.
  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// A folder of the clone one stands in, else the installed one.
  private static func here(_ path: String, else installed: String) -> String { isFolder(path) ? path : installed }
}
