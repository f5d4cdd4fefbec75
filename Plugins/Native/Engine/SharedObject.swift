// An open shared library and its functions.

import CFFI
import Glibc

/// A library that is never closed: it may have started threads or handed out pointers, which do not survive that.
struct SharedObject {
  typealias Function = @convention(c) () -> Void

  private let path: String
  private let handle: UnsafeMutableRawPointer
  /// The dynamic linker's own: one for each library that is open.
  var id: Int { Int(bitPattern: handle) }

  /// Opens the library, which runs its start-up code. RTLD_LOCAL, so that its names collide with nobody's.
  /// - Parameter place: of the path in the settings.
  init(_ path: String, at place: String) throws(Problem) {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? path
      throw Problem(place, "the library cannot be opened: \(reason); install its package, or mend the path")
    }
    self.path = path
    self.handle = handle
  }

  /// A function of the library, or of one that it was linked with.
  /// - Parameter place: of the symbol in the settings.
  func function(_ symbol: String, at place: String) throws(Problem) -> Function {
    guard let address = dlsym(handle, symbol) else {
      throw Problem(place, "'\(symbol)' is not in \(path); `nm -D --defined-only` lists what a library has")
    }
    guard cffi_is_variable(address) == 0 else {
      throw Problem(place, "'\(symbol)' is a variable of \(path), which cannot be called; name a function")
    }
    return unsafeBitCast(address, to: Function.self)
  }
}
