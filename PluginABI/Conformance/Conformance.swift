// The contract as a command: tries every clause on a library, each in a process of its own.

import Glibc
public import Vox
public import PluginABI

/// Tries a plugin against the ABI. See `Clause` for what is tried.
public enum Conformance {
  /// The version the cases are written for.
  public static let draft = UInt32(VOX_ABI_DRAFT)

  /// The program that tries one case in a process of its own: it must call `serve` with what follows `arguments`.
  public struct Command: Sendable {
    /// Absolute path, e.g. of /proc/self/exe.
    public let executable: String
    /// Come first; then follow `--in-process-case ID --settings JSON LIBRARY`.
    public let arguments: [String]

    public init(executable: String, arguments: [String] = []) {
      self.executable = executable
      self.arguments = arguments
    }
  }

  /// Tries every case, or those of `only`, and waits for the results. Takes a few seconds; call it from a thread that may wait.
  ///
  /// - Parameters:
  ///   - library: path of the plugin.
  ///   - settings: JSON object given to the provider, its account and its sessions.
  ///   - command: runs each case, so that a crash or a hang is a failed case. Nil runs all of them in this process, which a
  ///     broken plugin may take down: for debuggers.
  ///   - each: told of every result as it comes, before breaches seen by other cases are settled.
  public static func run(
    library: String, settings: JSONValue = .object([:]), only: Set<Clause> = Set(Clause.allCases), command: Command?,
    each: (CaseResult) -> Void = { _ in }
  ) -> Report {
    let path = absolute(library)
    var results: [CaseResult] = []
    for one in Case.all where only.contains(one.clause) {
      let result = command.map { CaseProcess($0, one, path, settings).run() } ?? one.tried(on: path, Supplies(settings: settings))
      results.append(result)
      each(result)
    }
    return Report(library: library, results: results)
  }

  /// What the `Command` does: tries one case in this process and hands the result to the process that asked. Answers the exit code;
  /// end the process with it at once.
  ///
  /// - Parameters:
  ///   - supplies: settings, secrets and services for the plugin.
  ///   - entry: stands for the library's own when that runs elsewhere, as in a worker; it is opened here otherwise.
  public static func serve(
    caseID: String, library: String, _ supplies: Supplies,
    entry: (@convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer?)? = nil
  ) -> Int32 {
    guard let clause = Clause(id: caseID), let one = Case.all.first(where: { $0.clause == clause }) else { return 64 }
    return CaseProcess.answer(one.tried(on: absolute(library), supplies, entry: entry)) ? 0 : 74
  }

  /// dlopen looks a name without a slash up in the system's folders, which is never what is meant here.
  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }
}
