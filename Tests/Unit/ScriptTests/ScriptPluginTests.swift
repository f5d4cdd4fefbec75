// The plugin's face, seen through its library as a host sees it.

import FoundationEssentials
import PluginABI
import PluginHarness
import Testing
import Vox

@Suite struct ScriptPluginTests {
  private static let flow = Place.here + "/../../../deploy/demo/flow.yaml"

  private func open(_ settings: JSONValue = ["flow": .string(flow)]) throws -> (lab: PluginLab, session: LabSession) {
    let lab = try PluginLab("Script", settings: settings, clock: .machine)
    return (lab, try lab.open(.llm, settings: settings))
  }

  private func ask(_ lab: PluginLab, _ session: LabSession, _ messages: [ChatMessage], now: String = "2026-03-02T10:00:00-05:00")
    -> vox_handle
  {
    let op = session.start(OpKind.chat, body: ChatRequest(messages: messages, now: now).json)
    #expect(lab.host.wait { _ in session.terminal(op) != nil })
    return op
  }

  private func text(_ session: LabSession, _ op: vox_handle) -> String { session.events(.text, op: op).map(\.text).joined() }

  /// A turn comes sentence by sentence, in pieces that add up, and ends with what may be expected next.
  @Test func speaksInSentences() throws {
    let (lab, session) = try open()
    let op = ask(lab, session, [ChatMessage(.user, "book an appointment for friday at ten")])
    #expect(session.events(.text, op: op).count == 2)
    #expect(text(session, op) == "Friday, March sixth, 10 am. What is your phone number, with the area code?")
    #expect(session.terminal(op)?.json == ["stop": "end", "expect": ["kind": "digits", "digits": 10, "grammar": "digits10"]])
    lab.finish(session)
  }

  /// The context that a host keeps, with tool calls and results, leads a booking to its end; the day is that of the agent's zone.
  @Test func booksThroughATool() throws {
    let (lab, session) = try open()
    var messages = [
      ChatMessage(.system, "Be brief."), ChatMessage(.user, "book an appointment for tomorrow at ten"),
      ChatMessage(.assistant, "Tuesday, March third, 10 am. What is your phone number, with the area code?"),
      ChatMessage(.user, "[dtmf 4155552671]"), ChatMessage(.assistant, "I have 4 1 5, 5 5 5, 2 6 7 1. Is that right?"),
      ChatMessage(.user, "yes"), ChatMessage(.assistant, "That is Tuesday, March third at 10 am. Shall I book it?"),
      ChatMessage(.user, "yes please", confidence: 800),
    ]
    let op = ask(lab, session, messages)
    let call = try #require(session.events(.toolCall, op: op).first)
    #expect(call.name == "book_appointment" && call.json == ["day": "2026-03-03", "time": "10:00", "phone": "4155552671"])
    #expect(session.terminal(op)?.json["stop"] == "tool")

    messages.append(ChatMessage(.assistant, [.toolCall(id: "1", name: "book_appointment", arguments: [:])]))
    messages.append(ChatMessage(.tool, [.toolResult(id: "1", content: #"{"ok":true,"day":"2026-03-03","time":"10:00"}"#, isError: false)]))
    let after = ask(lab, session, messages)
    #expect(text(session, after).hasPrefix("You are booked for Tuesday, March third at 10 am."))
    lab.finish(session)
  }

  /// A yes that was not heard surely calls no tool; goodbye ends the call; a person is a transfer.
  @Test func endsAndDoubts() throws {
    let (lab, session) = try open()
    let unsure = ask(
      lab, session,
      [
        ChatMessage(.user, "cancel my appointment on friday"),
        ChatMessage(.assistant, "Friday, March sixth. What phone number is it under?"),
        ChatMessage(.user, "415 555 2671"), ChatMessage(.assistant, "I have 4 1 5, 5 5 5, 2 6 7 1. Is that right?"),
        ChatMessage(.user, "yes"),
        ChatMessage(.assistant, "That is the appointment on Friday, March sixth. Shall I cancel it?"),
        ChatMessage(.user, "yes", confidence: 400),
      ])
    #expect(session.events(.toolCall, op: unsure).isEmpty && session.terminal(unsure)?.json["expect"]?["kind"] == "yes_no")
    #expect(session.terminal(ask(lab, session, [ChatMessage(.user, "goodbye")]))?.json["end_call"] == true)
    let person = ask(lab, session, [ChatMessage(.user, "operator")])
    #expect(session.terminal(person)?.json["transfer"] == "front-desk")
    lab.finish(session)
  }

  /// Text that the host refuses for a while is neither lost nor repeated, and what was refused of a cancelled op blocks nothing.
  @Test func waitsForRoom() throws {
    let (lab, session) = try open()
    lab.host.setRoom(1)
    let op = session.start(OpKind.chat, body: ChatRequest(messages: []).json)
    #expect(lab.host.wait { _ in lab.host.refusals > 0 })
    #expect(session.terminal(op) == nil)
    lab.host.setRoom(10)
    session.resume(op)
    #expect(lab.host.wait { _ in session.terminal(op) != nil })
    #expect(session.events(.text, op: op).count == 2)

    lab.host.setRoom(0)
    let refusals = lab.host.refusals
    let cancelled = session.start(OpKind.chat, body: ChatRequest(messages: []).json)
    #expect(lab.host.wait { _ in lab.host.refusals > refusals })
    session.cancel(cancelled)
    lab.host.setRoom(10)
    let next = ask(lab, session, [ChatMessage(.user, "hours")])
    #expect(text(session, next).hasPrefix("We are open Monday to Friday"))
    lab.finish(session)
  }

  /// The vocabulary is written where the host says, and its folder, id and key terms come back.
  @Test(.enabled(if: Place.hasDictionary, "the package pocketsphinx-en-us is not installed"))
  func writesVocabulary() throws {
    let parent = FileManager.default.temporaryDirectory.path + "/script-vocabulary-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let (lab, session) = try open()
    let op = session.start(OpKind.vocabulary, body: ["directory": .string(parent)])
    #expect(lab.host.wait(ms: 30_000) { _ in session.terminal(op) != nil })
    let result = try #require(session.terminal(op)?.json)
    let id = try #require(result["id"]?.string)
    #expect(result["directory"] == .string(parent + "/" + id))
    #expect(result["keyterms"]?.array?.first == "Riverside Clinic")
    #expect(FileManager.default.fileExists(atPath: parent + "/" + id + "/digits10.gram"))
    lab.finish(session)
  }

  /// A flow that is missing or wrong refuses the provider with the file, the line and the reason.
  @Test func refusesBadFlows() throws {
    #expect(throws: PluginLab.Refusal.self) { try PluginLab("Script", settings: ["flow": "/nowhere/flow.yaml"]) }
    let path = FileManager.default.temporaryDirectory.path + "/flow-\(UInt64.random(in: 0...UInt64.max)).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("agent: A\ngreet: Hello.\nintents: {}\nfaqs: []\n".utf8).write(to: URL(filePath: path))
    let refusal = #expect(throws: PluginLab.Refusal.self) { try PluginLab("Script", settings: ["flow": .string(path)]) }
    #expect(refusal?.description.contains("\(path):4: Unknown key \"faqs\"") == true, "\(refusal?.description ?? "")")
    #expect(throws: PluginLab.Refusal.self) { try PluginLab("Script", settings: ["flows": "x"]) }
  }

  /// A session without a flow, and an op that does not exist, fail with a sentence; nothing else is harmed.
  @Test func refusesBadWork() throws {
    let lab = try PluginLab("Script", clock: .machine)
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.llm) }
    let session = try lab.open(.llm, settings: ["flow": .string(Self.flow)])
    let unknown = session.start(99)
    #expect(session.terminal(unknown)?.kind == .failed)
    let nowhere = session.start(OpKind.vocabulary)
    #expect(lab.host.wait { _ in session.terminal(nowhere)?.kind == .failed })
    lab.finish(session)
  }
}
