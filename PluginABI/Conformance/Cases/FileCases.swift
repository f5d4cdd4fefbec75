// Rule 1 on the file alone, and whether it loads.

/// What can be said before any code of the plugin runs, and as it is loaded.
enum FileCases {
  static let all = [
    Case(.file) { bench in _ = try read(bench) },
    Case(.symbol) { bench in
      let exports = try read(bench).exports
      guard exports.contains("vox_plugin_entry") else { throw Breach(.symbol, "it does not export vox_plugin_entry") }
      let others = exports.filter { $0 != "vox_plugin_entry" }.sorted()
      guard others.isEmpty else {
        throw Breach(
          .symbol,
          "it exports \(others.count) other symbols, the first are \(others.prefix(3).joined(separator: ", ")); "
            + "compile with -fvisibility=hidden or link with a version script")
      }
    },
    Case(.loads, whenItDies: "a constructor of the library does more than it may") { bench in
      _ = try read(bench)
      _ = try bench.library()
    },
  ]

  private static func read(_ bench: Bench) throws -> ELFFile {
    do {
      return try ELFFile(path: bench.path)
    } catch let problem as ELFFile.Problem {
      throw Breach(.file, problem.sentence)
    }
  }
}
