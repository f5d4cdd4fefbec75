// A folder that lives as long as the object.

import Glibc
import Terminal

/// An empty folder of mode 0700 below the system's folder for temporary files; removed with everything in it.
final class ScratchFolder {
  let path: String

  init() throws(Stop) {
    // A short name: the path of a control socket in it has 107 bytes at most.
    var template = Array("\(Places.variable("TMPDIR") ?? "/tmp")/patchbay-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Stop(
        .cannotCreate, "no temporary folder can be made: \(String(cString: strerror(errno))); set TMPDIR to a folder that can be written")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      let inside = path + "/" + name
      // unlink refuses folders, and never follows a link.
      if unlink(inside) != 0 { remove(inside) }
    }
    closedir(folder)
    rmdir(path)
  }
}
