// Rules 1 to 3: what the entry answers, what it costs, and what its tables look like.

import PluginABI

/// The entry and the tables behind it.
enum EntryCases {
  static let all = [
    Case(.entryLeavesNothing, deadlineMs: 5_000) { bench in
      let before = Residue.now()
      let library = try bench.library()
      let watch = Stopwatch()
      _ = library.ask(Conformance.draft...Conformance.draft)
      let spentMs = Double(watch.read()) / 1_000_000
      let after = Residue.now()
      if spentMs > 10 { bench.note(.entryLeavesNothing, "the entry took \(Int(spentMs)) ms") }
      if after.threads > before.threads { bench.note(.entryLeavesNothing, "threads left behind: \(after.threads - before.threads)") }
      if after.files > before.files { bench.note(.entryLeavesNothing, "open files left behind: \(after.files - before.files)") }
    },
    Case(.versionCommon, deadlineMs: 5_000) { bench in
      let library = try bench.library()
      let draft = Conformance.draft
      let table = try library.table()
      for range in [draft...draft, 0...draft, draft...draft + 9, 0...UInt32.max] {
        let answer = library.ask(range)
        guard answer.table == table else {
          let what = answer.table == nil ? "NULL (\(answer.why))" : "another table"
          throw Breach(.versionCommon, "to the range \(range) it answers \(what)")
        }
      }
    },
    Case(.versionRefused, deadlineMs: 5_000) { bench in
      let library = try bench.library()
      let draft = Conformance.draft
      for (low, high) in [(0, draft - 1), (draft + 1, draft + 9), (.max, .max), (draft + 1, draft - 1)] {
        let answer = library.ask(low, high)
        guard answer.table == nil else { throw Breach(.versionRefused, "to the range \(low)...\(high) it answers a table") }
        guard !answer.why.isEmpty else { throw Breach(.versionRefused, "to the range \(low)...\(high) it answers NULL and no reason") }
      }
    },
    Case(.tableSizes) { bench in
      let library = try bench.library()
      _ = try library.table()
      for role in try bench.manifest().roles { _ = try bench.sessionTable(role) }
    },
    Case(.members) { bench in
      for role in try bench.manifest().roles { _ = try bench.sessionTable(role) }
    },
  ]
}
