// The library whose functions the tests call, built once per test process, and short ways to declare one of them.

import Glibc
import NativeEngine
import Vox

enum Fixtures {
  /// The folder of the built fixtures. A lock keeps two test processes from building at the same time.
  static let folder: String = {
    let source = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Fixtures/Native"
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let out = own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/native-fixtures"
    mkdir(out, 0o755)
    let lock = open(out + "/.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    flock(lock, LOCK_EX)
    defer { close(lock) }
    guard system("make -s -C '\(source)' OUT='\(out)' >&2") == 0 else { fatalError("the fixtures cannot be built: see above") }
    return out
  }()

  static var library: JSONValue { .string(folder + "/functions.so") }

  /// Settings with one function of the fixture library, under its symbol's name.
  static func settings(_ symbol: String, _ arguments: JSONValue = [], _ result: JSONValue? = nil, _ more: JSONValue = [:]) -> JSONValue {
    var members: [String: JSONValue] = [
      "description": "A function.", "library": library, "symbol": .string(symbol), "arguments": arguments,
    ]
    members["result"] = result
    return ["functions": .object([symbol: .object(members).merging(more)])]
  }

  /// That function, ready to be called.
  static func function(_ symbol: String, _ arguments: JSONValue = [], _ result: JSONValue? = nil, _ more: JSONValue = [:]) throws
    -> NativeFunction
  {
    guard let function = try Catalogue(settings(symbol, arguments, result, more)).functions[symbol] else {
      throw ProviderError(.internal, "the catalogue lacks \(symbol)")
    }
    return function
  }
}

extension NativeFunction {
  /// Converts, calls, and converts back.
  func answer(_ arguments: JSONValue = [:]) throws -> JSONValue { try call(declaration.passed(arguments)) }
}
