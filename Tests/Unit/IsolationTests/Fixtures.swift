// The plugin that is run in workers, built once per test process, and the worker program beside the tests.

import Glibc

enum Fixtures {
  /// The folder of the built fixtures. A lock keeps two test processes from building at the same time.
  static let folder: String = {
    let source = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Fixtures/Isolation"
    let out = products + "/isolation-fixtures"
    mkdir(out, 0o755)
    let lock = open(out + "/.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    flock(lock, LOCK_EX)
    defer { close(lock) }
    guard system("make -s -C '\(source)' OUT='\(out)' >&2") == 0 else { fatalError("the fixtures cannot be built: see above") }
    return out
  }()

  static var worker: String { folder + "/worker.so" }

  /// Where this test program lies, and everything that is built with it.
  static let products: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
  }()

  static var program: String { products + "/isolation-worker" }
}
