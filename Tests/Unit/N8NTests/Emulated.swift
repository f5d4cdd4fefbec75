// What the tests against the emulator share: one emulator, one set of tools, one way to open the plugin.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  /// A webhook for each mode of answering.
  static let tools: JSONValue = [
    "last": ["description": "The last node answers.", "path": "last"],
    "all": ["path": "all"], "text": ["path": "text"], "empty": ["path": "empty"], "unanswered": ["path": "unanswered"],
    "received": ["path": "received"], "redirect": ["path": "redirect"], "signed": ["path": "signed"], "once": ["path": "once"],
    "vapi": ["path": "node", "form": "vapi"], "retell": ["path": "last", "form": "retell"], "plain": ["path": "last", "form": "plain"],
    "got": ["path": "last", "method": "GET"], "told": ["path": "stream", "streams": true], "spoken": ["path": "stream", "speaks": true],
    "rehearsed": ["path": "last", "test": true], "nowhere": [:],
    "book": [
      "path": "last",
      "schema": ["type": "object", "properties": ["day": ["type": "string"]], "required": ["day"], "additionalProperties": false],
    ],
  ]

  /// The emulator as at its start.
  static func emulator() throws -> Emulator { try .shared("n8n") }

  static func lab(_ emulator: Emulator, _ settings: JSONValue = [:], secrets: [String: String] = [:]) throws -> VendorLab {
    let all: JSONValue = ["base_url": .string(emulator.url), "tools": tools, "mcp_url": .string(emulator.url + "/mcp/tools")]
    return try VendorLab("N8N", settings: all.merging(settings), secrets: secrets)
  }

  /// Opens a session and waits until its connection for webhooks is open, so that what a test arms is met by the request it makes.
  static func open(_ lab: VendorLab, _ emulator: Emulator) throws -> VendorSession {
    let mark = try emulator.mark()
    let session = try lab.open(.tool, context: ["call": "c1", "tenant": "clinic"])
    if lab.provider.settings["mcp_url"]?.string?.isEmpty == false {
      // The account's own questions have left an open connection behind, and the greeting of this session is on it.
      let initialized: JSONValue = "notifications/initialized"
      try lab.wait("the greeting") { try emulator.log("body", after: mark).contains { $0["json"]?["method"] == initialized } }
    } else {
      try lab.waitUntilWarm(emulator, after: mark)
    }
    return session
  }

  /// Calls a tool and waits for its end.
  static func call(
    _ lab: VendorLab, _ session: VendorSession, _ name: String, _ arguments: JSONValue = [:], key: String = "c1/1/t1"
  ) throws -> Heard {
    let op = try lab.finish(session, OpKind.invoke, body: ["name": .string(name), "arguments": arguments], key: key)
    return try #require(session.terminal(op))
  }
}
