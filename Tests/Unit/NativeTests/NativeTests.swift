// The plugin's library as a host sees it: sessions, deadlines, a function that hangs, calls that are tried again.

import Glibc
import PluginHarness
import Testing
import Vox

/// One after the other, because the fixture counts for all of them.
@Suite(.serialized) struct NativeTests {
  /// A tool of the fixture library.
  private func tool(_ symbol: String, _ arguments: JSONValue = [], _ more: JSONValue = [:]) -> JSONValue {
    JSONValue.object([
      "description": "A function.", "library": Fixtures.library, "symbol": .string(symbol), "arguments": arguments,
      "result": ["type": "int32"],
    ]).merging(more)
  }

  /// The fixture library under another name, which counts for itself.
  private var other: JSONValue { ["library": .string(Fixtures.folder + "/counters.so")] }

  private func open(_ functions: JSONValue) throws -> (PluginLab, LabSession) {
    let lab = try PluginLab("Native", settings: ["timeout_ms": 1_000, "functions": functions])
    return (lab, try lab.open(.tool))
  }

  private func start(_ session: LabSession, _ name: String, _ arguments: JSONValue = [:], key: String = "") -> UInt64 {
    session.start(OpKind.invoke, body: ["name": .string(name), "arguments": arguments], key: key)
  }

  private func answer(_ session: LabSession, _ op: UInt64) -> Heard? {
    _ = session.host.wait { session.terminal(op) != nil }
    return session.terminal(op)
  }

  private func call(_ session: LabSession, _ name: String, _ arguments: JSONValue = [:], key: String = "") -> Heard? {
    answer(session, start(session, name, arguments, key: key))
  }

  /// The functions that every Debian machine has, as the example file lists them.
  @Test func callsWhatIsThere() throws {
    let (lab, session) = try open([
      "power": [
        "description": "Raises.", "library": "libm.so.6", "symbol": "pow",
        "arguments": [["name": "base", "type": "double"], ["name": "exponent", "type": "double"]], "result": ["type": "double"],
      ],
      "text_length": [
        "description": "Measures.", "library": "libc.so.6", "symbol": "strlen", "arguments": [["name": "text", "type": "string"]],
        "result": ["type": "uint64"],
      ],
      "machine_name": [
        "description": "Names.", "library": "libc.so.6", "symbol": "gethostname",
        "arguments": [["name": "machine", "buffer": 256], ["name": "size", "type": "uint64", "size_of": "machine"]],
        "result": ["type": "int32", "status": "zero"],
      ],
    ])
    #expect(call(session, "power", ["base": 2, "exponent": 10])?.json == ["result": 1024.0])
    #expect(call(session, "text_length", ["text": "M\u{FC}ller"])?.json == ["result": 7])
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count)
    let machine = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #expect(call(session, "machine_name")?.json == ["result": ["machine": .string(machine)]])
    lab.finish(session)
  }

  /// The manifest asks for a worker, lists its tools with their schemas, and refuses what it does not know.
  @Test func listsItsTools() throws {
    let (lab, session) = try open(["tally": tool("count"), "again": tool("echo_int32", [["name": "value", "type": "int32"]])])
    #expect(lab.manifest["isolation"] == "worker")
    let tools = try #require(session.terminal(session.start(OpKind.listTools))?.json["tools"]?.array)
    #expect(tools.map { $0["name"] } == ["again", "tally"])
    #expect(tools.first?["description"] == "A function.")
    #expect(tools.first?["schema"]?["properties"] == ["value": ["type": "integer", "minimum": -2_147_483_648, "maximum": 2_147_483_647]])
    #expect(call(session, "nothing")?.error?.code == "unknown_tool")
    #expect(call(session, "again", ["value": "x"])?.error?.code == "bad_arguments")
    #expect(session.terminal(session.start(99))?.error?.code == "unknown_op")
    lab.finish(session)
  }

  /// The form of the settings is checked against the manifest, their meaning by the plugin; each sentence names its place.
  @Test func refusesSettings() throws {
    func refusal(_ change: JSONValue) -> String? {
      #expect(throws: PluginLab.Refusal.self) { try PluginLab("Native", settings: ["functions": ["f": tool("count", [], change)]]) }?
        .description
    }
    #expect(
      refusal(["arguments": [["name": "x", "type": "int"]]])?.hasPrefix("/functions/f/arguments/0/type: expected one of \"bool\"") == true)
    #expect(refusal(["argument": []])?.hasPrefix("/functions/f/argument: unknown; known are arguments, ") == true)
    #expect(refusal(["symbol": .null])?.hasPrefix("/functions/f/symbol: expected string") == true)
    #expect(refusal(["timeout_ms": 0])?.hasPrefix("/functions/f/timeout_ms: must be at least 1") == true)
    let many = (0..<33).map { JSONValue.object(["name": .string("a\($0)"), "type": "int8"]) }
    #expect(refusal(["arguments": .array(many)]) == "/functions/f/arguments: expected of 0 to 32 elements, found 33")
    #expect(refusal(["symbol": "nowhere"])?.hasPrefix("settings/functions/f/symbol: 'nowhere' is not in ") == true)
    #expect(refusal(["arguments": [["name": "x", "buffer": 65_537]]]) == "/functions/f/arguments/0/buffer: must be at most 65536.0")
  }

  /// An agent's settings cannot bring in functions of their own.
  @Test func onlyTheOperatorListsFunctions() throws {
    let functions: JSONValue = ["tally": tool("count")]
    let (lab, session) = try open(functions)
    finishSession(try lab.open(.tool, settings: ["functions": functions]))
    let error = #expect(throws: PluginLab.Refusal.self) {
      try lab.open(.tool, settings: ["functions": ["shell": ["library": "libc.so.6", "symbol": "system"]]])
    }
    #expect(error?.description == "The functions are the operator's to list; remove 'functions' from the agent's settings.")
    lab.finish(session)
  }

  private func finishSession(_ session: LabSession) {
    session.close()
    session.destroy()
  }

  /// The same call tried again is answered again and not made again, whether it went well or not.
  @Test func neverCallsTwice() throws {
    let (lab, session) = try open([
      "tally": tool("count", [], other), "so_far": tool("counted_so_far", [], other), "forget": tool("forget_count", [], other),
      "failing": tool("count", [], other.merging(["result": ["status": "zero"]])),
    ])
    _ = call(session, "forget")
    #expect(call(session, "tally", key: "call/1")?.json == ["result": 1])
    #expect(call(session, "tally", key: "call/1")?.json == ["result": 1])
    #expect(call(session, "tally", key: "call/2")?.json == ["result": 2])
    #expect(call(session, "failing", key: "call/3")?.error?.message == "'failing' failed with status 3.")
    #expect(call(session, "failing", key: "call/3")?.error?.message == "'failing' failed with status 3.")
    #expect(call(session, "so_far")?.json == ["result": 3])
    lab.finish(session)
  }

  /// A function that hangs costs its own call the timeout; its library is left alone until it returns, and other libraries serve on.
  @Test func aHangingFunctionIsLeftAlone() throws {
    let gate = try Gate()
    let (lab, session) = try open([
      "hang": gate.tool(tool), "tally": tool("count"), "elsewhere": tool("counted_so_far", [], other),
    ])
    let hanging = start(session, "hang", key: "call/1")
    #expect(gate.hasBegun())
    let waiting = start(session, "tally")
    #expect(call(session, "elsewhere")?.kind == .completed)
    lab.host.advance(ms: 999)
    #expect(session.terminal(hanging) == nil)
    lab.host.advance(ms: 1)
    let error = try #require(session.terminal(hanging)?.error)
    #expect(error.cls == .timeout)
    #expect(error.message == "'hang' has not answered within 1000 ms.")
    let neverBegun = try #require(session.terminal(waiting)?.error)
    #expect(neverBegun.cls == .timeout)
    #expect(neverBegun.effects == SideEffects.none)

    let refused = try #require(call(session, "tally")?.error)
    #expect(refused.code == "library_hangs")
    #expect(refused.cls == .unavailable)
    #expect(call(session, "elsewhere")?.kind == .completed)

    gate.open()
    #expect(lab.host.wait { lab.host.log.contains { $0.hasSuffix("has returned and takes calls again.") } })
    // Too late for the caller, but the call tried again is not made again.
    #expect(call(session, "hang", key: "call/1")?.json == ["result": 9])
    #expect(call(session, "tally")?.kind == .completed)
    lab.finish(session)
  }

  /// A cancelled call that waits for its library is not made; a session may go while its function runs.
  @Test func cancelsWhatHasNotBegun() throws {
    let gate = try Gate()
    let (lab, session) = try open([
      "hang": gate.tool(tool, other), "tally": tool("count", [], other),
      "forget": tool("forget_count", [], other), "so_far": tool("counted_so_far", [], other),
    ])
    _ = call(session, "forget")
    let hanging = start(session, "hang")
    #expect(gate.hasBegun())
    let waiting = start(session, "tally")
    session.cancel(waiting)
    #expect(session.terminal(waiting)?.kind == .cancelled)
    finishSession(session)

    gate.open()
    let next = try lab.open(.tool)
    #expect(call(next, "so_far")?.json == ["result": 0])
    #expect(session.terminal(hanging)?.kind == .cancelled)
    lab.finish(next)
  }

  /// A provider whose function never returns can be destroyed all the same, and nothing of it reaches the host afterwards.
  @Test func leavesAHangingFunctionBehind() throws {
    let gate = try Gate()
    let (lab, session) = try open(["hang": gate.tool(tool)])
    let hanging = start(session, "hang")
    #expect(gate.hasBegun())
    lab.host.advance(ms: 1_000)
    #expect(session.terminal(hanging)?.error?.cls == .timeout)
    lab.finish(session)
    gate.open()
    #expect(lab.host.violations == [])
  }
}
