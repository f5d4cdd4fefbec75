// One configuration file under reading: its bytes, its folder, and the problems found in it.

import Base
import Glibc

/// Reads YAML files strictly: every key must be known, every value of the right kind and within its range, and all mistakes of a file
/// are reported together, each with its line. Used on one thread.
public final class ConfigFile {
  /// The file's path as it is shown to people.
  public let path: String
  private let root: String
  private(set) var problems: [ConfigProblem] = []

  private init(path: String, root: String) {
    self.path = path
    self.root = root
  }

  /// Reads the file at `path`; `body` takes the top-level mapping apart. Keys that `body` did not ask for are problems.
  ///
  /// - Parameters:
  ///   - root: the folder that `!file` and `!path` may not leave; the file's own folder when nil.
  ///   - body: makes the value. What it makes while problems are found is thrown away, so it may go on with placeholders.
  public static func read<Value>(_ path: String, root: String? = nil, _ body: (Fields) -> Value) -> Loaded<Value> {
    let file = ConfigFile(path: path, root: root ?? folder(of: path))
    switch text(of: path, atMost: Limits.fileBytes) {
    case .failure(let problem): return Loaded(value: nil, problems: [ConfigProblem(file: path, problem.message)])
    case .success(let text): return file.take(text, body)
    }
  }

  /// As above, for text that is at hand; `!file` and `!path` are looked for beside `path`.
  public static func read<Value>(text: String, path: String, root: String? = nil, _ body: (Fields) -> Value) -> Loaded<Value> {
    ConfigFile(path: path, root: root ?? folder(of: path)).take(text, body)
  }

  private func take<Value>(_ text: String, _ body: (Fields) -> Value) -> Loaded<Value> {
    do throws(Tree.Refusal) {
      guard let tree = try Tree.parse(text) else { throw Tree.Refusal(line: nil, message: "the file is empty") }
      guard case .mapping(let members) = tree.shape else {
        throw Tree.Refusal(line: tree.line, message: "expected a mapping of keys to values, found \(tree.name)")
      }
      let fields = Fields(members, path: "", line: tree.line, file: self)
      let value = body(fields)
      fields.finish()
      return Loaded(value: value, problems: sorted())
    } catch {
      return Loaded(value: nil, problems: [ConfigProblem(file: path, line: error.line, error.message)])
    }
  }

  /// In the order of the file; mistakes of one line in the order in which they were found.
  private func sorted() -> [ConfigProblem] {
    problems.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }.map(\.element)
  }

  func report(_ message: String, line: Int?, field: String) {
    guard problems.count < Limits.problems else { return }
    problems.append(ConfigProblem(file: path, line: line, field: field, message))
  }

  /// The text of a file named by `!file`.
  func included(_ name: String) -> Result<String, Problem> {
    located(name).flatMap { Self.text(of: $0, atMost: Limits.fileBytes) }
  }

  /// The whole path of a file named relative to this file's folder; it must exist and lie inside the root, links followed.
  func located(_ name: String) -> Result<String, Problem> {
    func refusal(_ message: String) -> Result<String, Problem> { .failure(Problem(.invalid, message)) }
    guard !name.hasPrefix("/") else { return refusal("'\(name)' must be relative to the folder of \(path)") }
    let wanted = Self.folder(of: path) + "/" + name
    guard let real = Self.real(wanted) else { return refusal("the file \(wanted) does not exist or cannot be opened") }
    guard let inside = Self.real(root), real.hasPrefix(inside == "/" ? "/" : inside + "/") else {
      return refusal("'\(name)' lies outside the folder \(root)")
    }
    return .success(real)
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The whole of a small UTF-8 file; the sentence of a failure names it.
  static func text(of path: String, atMost limit: Int) -> Result<String, Problem> {
    func refusal(_ message: String) -> Result<String, Problem> { .failure(Problem(.invalid, message)) }
    // Without O_NONBLOCK a pipe in the file's place would hold the host for ever.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return refusal("cannot open \(path): \(String(cString: strerror(errno)))") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return refusal("\(path) is not a regular file") }
    guard status.st_size <= limit else { return refusal("\(path) has \(status.st_size) bytes; at most \(limit) are read") }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count <= limit {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
      if got < 0, errno == EINTR { continue }
      if got < 0 { return refusal("cannot read \(path): \(String(cString: strerror(errno)))") }
      if got == 0 { break }
      count += got
    }
    guard count <= limit else { return refusal("\(path) has more than \(limit) bytes") }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else { return refusal("\(path) is not UTF-8 text") }
    return .success(text)
  }
}
