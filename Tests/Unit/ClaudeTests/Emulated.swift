// What the tests against the vendor's emulator share: one emulator, one way to open the plugin.

import ProviderHarness
import Testing
import Vox

/// Everything that talks to the one emulator, one test after the other.
@Suite(.serialized) enum Emulated {
  nonisolated(unsafe) private static let shared = Result { try Emulator("claude") }

  /// The emulator as at its start.
  static func emulator() throws -> Emulator {
    let emulator = try shared.get()
    try emulator.reset()
    return emulator
  }

  static func lab(_ emulator: Emulator, _ settings: JSONValue = [:], key: String? = nil) throws -> VendorLab {
    try VendorLab(
      "Claude", settings: JSONValue.object(["base_url": .string(emulator.url)]).merging(settings), secrets: ["api_key": key ?? emulator.key]
    )
  }

  /// Opens a session and waits until its connection is open, so that what a test arms is met by the request that it makes.
  static func open(_ lab: VendorLab, _ emulator: Emulator, settings: JSONValue = [:]) throws -> VendorSession {
    let mark = try emulator.mark()
    let session = try lab.open(.llm, settings: settings)
    try lab.wait("the connection") { try !emulator.log("opened", after: mark).isEmpty }
    // The emulator does not note its answer to the request that opened it, and until then the connection is not free.
    try lab.run(ms: 60)
    return session
  }

  /// The bodies of the requests since `mark`.
  static func bodies(_ emulator: Emulator, after mark: Int64 = 0) throws -> [JSONValue] {
    try emulator.log("body", after: mark).compactMap { $0["json"] }
  }
}

/// A conversation that ends with what the caller says.
func chat(_ text: String, instructions: String = "You are the reception.", tools: [ToolDescription] = []) -> JSONValue {
  ChatRequest(
    messages: [ChatMessage(.system, instructions), ChatMessage(.user, text)], tools: tools, now: "2030-01-15T10:00:00+01:00"
  ).json
}

let book = ToolDescription(
  name: "book", description: "Books.", schema: ["type": "object", "properties": ["day": ["type": "string"]]])
let ask = ToolDescription(name: "ask", description: "Asks.", schema: ["type": "object"])
