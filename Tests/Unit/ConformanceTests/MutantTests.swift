// Every broken fixture is caught by the case of the clause it breaks, with a reason that fits.

import CommonHarness
import Conformance
import Testing

struct MutantTests {
  struct Mutant: Sendable, CustomTestStringConvertible {
    let name: String
    let clause: Clause
    let reason: String

    init(_ name: String, _ clause: Clause, _ reason: String) {
      self.name = name
      self.clause = clause
      self.reason = reason
    }

    var testDescription: String { name }
  }

  static let refused = [
    Mutant("not_elf", .file, "it is not an ELF file"),
    Mutant("truncated", .file, "cut off or damaged"),
    Mutant("other_machine", .file, "it is built for"),
    Mutant("entry_missing", .symbol, "it does not export vox_plugin_entry"),
    Mutant("symbol_extra", .symbol, "fixture_extra"),
    Mutant("dependency_missing", .loads, "libfixtureneeded.so"),
    Mutant("entry_thread", .entryLeavesNothing, "threads left behind: 1"),
    Mutant("entry_file", .entryLeavesNothing, "open files left behind: 1"),
    Mutant("entry_hangs", .entryLeavesNothing, "did not come back within 5 s"),
    Mutant("entry_null", .versionCommon, "the fixture never answers a table"),
    Mutant("entry_null_mute", .versionRefused, "answers NULL and no reason"),
    Mutant("abi_old", .versionCommon, "0 is too old"),
    Mutant("abi_new", .versionCommon, "1001 too new"),
    Mutant("abi_lies", .tableSizes, "of draft 77"),
    Mutant("table_size", .tableSizes, "88 bytes, draft 1 has 80"),
    Mutant("session_size", .tableSizes, "88 bytes, it has 80"),
    Mutant("member_missing", .members, "lacks open_account"),
    Mutant("manifest_text", .manifest, "not valid JSON at byte 0"),
    Mutant("manifest_id", .manifest, "Not an id!"),
    Mutant("settings_open", .settings, "additionalProperties"),
    Mutant("manifest_role", .rolesDeclared, "declares vox.knowledge/0, role() answers NULL"),
    Mutant("role_prefix", .rolesUnknown, "which is not declared"),
  ]

  static let misbehaving = [
    Mutant("reserved_ignored", .reservedRefused, "open takes vox_open.zero = 1"),
    Mutant("account_mute", .accountOpens, "no ACCOUNT_STATE"),
    Mutant("ready_mute", .sessionOpens, "no READY"),
    Mutant("closed_mute", .closes, "no CLOSED"),
    Mutant("closed_twice", .closes, "came after CLOSED"),
    Mutant("start_crashes", .terminalOnce, "it crashed: Segmentation fault"),
    Mutant("start_blocks", .budget, "the 99th percentile is"),
    Mutant("terminal_twice", .terminalOnce, "after the terminal event"),
    Mutant("terminal_none", .terminalOnce, "no terminal event came"),
    Mutant("terminal_early", .silentAfterTerminal, "kind 1024 came after the terminal event"),
    Mutant("usage_late", .silentAfterTerminal, "kind 7 came after the terminal event"),
    Mutant("usage_shrinks", .usage, "shrank from 10 to 5"),
    Mutant("position_gap", .audio, "1600 is next"),
    Mutant("frame_long", .audio, "more than 200 ms"),
    Mutant("rate_wrong", .audio, "came at 44100 Hz"),
    Mutant("words_outside", .speaks, "a word is at bytes"),
    Mutant("finals_overlap", .listens, "a final begins at sample"),
    Mutant("flushed_missing", .listens, "not answered by FLUSHED"),
    Mutant("text_index", .answers, "index 0, 1 is next"),
    Mutant("tool_result_bad", .works, "no member \"result\""),
    Mutant("offer_bare", .takesCalls, "lacks id, from or to"),
    Mutant("error_class", .errors, "class 10"),
    Mutant("view_kept", .borrowed, "it reads memory that was lent"),
    Mutant("cancel_ignored", .cancelAnywhere, "it did not end within"),
    Mutant("refused_dropped", .noRoom, "never did"),
    Mutant("refused_spins", .noRoom, "instead of waiting for RESUME"),
    Mutant("stale_accepted", .staleCalls, "not VOX_STALE"),
    Mutant("session_leaks_file", .leavesNothing, "open files left behind"),
    Mutant("event_size", .eventSizes, "says it has 8 bytes"),
    Mutant("text_garbled", .plainEvents, "not UTF-8"),
    Mutant("service_needed", .services, "names none of them"),
  ]

  /// What must be refused before a plugin is trusted with anything is refused, each with its own sentence.
  @Test(arguments: refused) func isRefused(_ mutant: Mutant) {
    #expect(Fixtures.failure(of: mutant.name, mutant.clause).contains(mutant.reason))
  }

  /// What shows only at work is caught there, each by the clause it breaks.
  @Test(arguments: misbehaving) func isCaught(_ mutant: Mutant) {
    #expect(Fixtures.failure(of: mutant.name, mutant.clause).contains(mutant.reason))
  }

  /// A plugin that cannot be opened fails one case; what rests on it is left out and names it.
  @Test func restsOnWhatFailed() {
    let report = Fixtures.check("abi_new", only: [.versionCommon, .manifest, .speaks])
    #expect(report.failures == [.versionCommon])
    #expect(report.skipped == 2)
    #expect(report.results.last?.outcome.reason.hasPrefix("it rests on VOX-2.1") == true)
  }

  /// A breach that only the case of another clause came across still fails its own.
  @Test func nothingSeenIsLost() {
    let report = Fixtures.check("cancel_ignored", only: [.cancelAnywhere, .terminalOnce])
    #expect(report.failures == [.cancelAnywhere, .terminalOnce])
    #expect(
      report.results.last?.outcome.reason.hasPrefix("seen in VOX-18.1") == true
        || report.results.first?.outcome.reason.hasPrefix("seen in VOX-18.1") == true)
  }

  /// A file that is not there is a failed case, not a crash.
  @Test func missingFile() {
    #expect(Fixtures.failure(of: "no_such_plugin", .file).contains("No such file or directory"))
  }
}
