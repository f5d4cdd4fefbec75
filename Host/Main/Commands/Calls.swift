// `patchbay calls`: which calls there were, and one of them turn by turn.

import ArgumentParser
import Base
import Journal
import Terminal
import Vox

/// Lists and shows calls, from the running host or from the journal it left.
struct Calls: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List calls, or show one of them.",
    discussion: "Asks the running host; without one, reads the journal in the state folder and changes nothing there.",
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the newest calls.")

    @OptionGroup var host: HostOptions
    @Option(help: "How many calls.") var limit = 20
    @Option(help: ArgumentHelp("Only calls older than this one.", valueName: "call")) var before: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      guard (1...1000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 1000, not \(limit).") }
    }

    func run() throws {
      let before = try before.map { try Calls.id($0) }
      let calls = try CallSource.find(host).newest(limit, before: before)
      if json { return Screen.json(["calls": JSONValue(encoding: calls)]) }
      guard !calls.isEmpty else { return Screen.line("No calls yet.") }
      CallList.lines(calls).forEach { Screen.line($0) }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what was heard and said, who served, and where the time went.")

    @OptionGroup var host: HostOptions
    @Argument(help: "The call's id, as `patchbay calls` lists it.") var id: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let id = try Calls.id(id)
      let record = try CallSource.find(host).record(of: id)
      if json { return Screen.json(JSONValue(encoding: record)) }
      CallView(record).lines.forEach { Screen.line($0) }
    }
  }

  private static func id(_ text: String) throws(Stop) -> CallID {
    guard let id = CallID(text) else {
      throw Stop(.usage, "'\(text)' is not a call's id; `patchbay calls` lists them, they begin with \(CallKind.prefix)")
    }
    return id
  }
}

/// Calls one per line.
enum CallList {
  static func lines(_ calls: [CallSummary]) -> [String] {
    var table = Table([
      .left("call"), .left("started"), .left("agent"), .left("from"), .left("to"), .right("duration"), .right("turns"),
      .left("how it ended"),
    ])
    for call in calls {
      table.add([
        call.id.text, Figure.wall(call.startedWallMs), agent(call), call.from?.description ?? "-", call.to ?? "-",
        Figure.duration(ms: call.durationMs), "\(call.turns)", ending(call),
      ])
    }
    return table.lines(width: Screen.width)
  }

  static func agent(_ call: CallSummary) -> String { [call.tenant, call.agent].compactMap(\.self).joined(separator: "/") }

  static func ending(_ call: CallSummary) -> String {
    switch call.state {
    case .live: "going on"
    case .cutOff: "cut off when the host died"
    case .ended: call.cause.map(Conversation.words) ?? "ended"
    }
  }
}
