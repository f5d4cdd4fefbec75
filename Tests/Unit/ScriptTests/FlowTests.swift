// A flow file that is wrong says where and what to do.

@testable import Dialogue
import Testing

@Suite struct FlowTests {
  private static let head = "agent: A\ngreet: Hello.\n"
  private static let message = "  message: {say: [take a message], slots: {phone: digits10}, do: take_message}\n"
  private static let limits = "limits: {then: message}\n"

  /// Every fault is found with its line and told in one sentence.
  @Test(arguments: [
    ("", 0, "The file is empty"),
    ("agent: [", 2, "This is not valid YAML"),
    ("agent: A\nagent: B\n", 0, "given twice"),
    ("agent: A\n", 1, "\"greet\" is missing"),
    (head + "intent: {}\n", 3, "Unknown key \"intent\" in the file; known are agent, greet, intents"),
    (head + "intents:\n  book: {say: [book], does: x}\n", 4, "Unknown key \"does\" in \"intents.book\""),
    (head + "intents:\n  book: {do: x}\n", 4, "needs \"say\""),
    (head + "intents:\n  book: {say: [book]}\n", 4, "needs \"do\""),
    (head + "intents:\n  book:\n    say: [\"book {day}\"]\n    do: x\n", 5, "names the slot \"day\", which is not among the slots"),
    (head + "intents:\n  book:\n    say: [book]\n    slots: {day: datum}\n    do: x\n", 6, "The type \"datum\" is unknown"),
    (head + "intents:\n  book:\n    say: [book]\n    slots: {day: {type: date, values: [a]}}\n    do: x\n", 6, "has no \"values\""),
    (head + "intents:\n  book:\n    say: [book]\n    slots: {n: digits99}\n    do: x\n", 6, "needs the number of digits"),
    (head + "intents:\n  book:\n    say: [book]\n    slots: {t: {type: time, from: 8}}\n    do: x\n", 6, "A time such as \"08:30\""),
    (head + "intents:\n  book:\n    say: [book]\n    do: x\n    done: At {result.time} on {day}.\n", 7, "names \"{day}\""),
    (head + "intents:\n  book:\n    say: [book]\n    do: x\n    confirm: At {result.time}?\n", 7, "before the tool has run"),
    (head + "intents:\n  book:\n    say: [book]\n    do: x\n    retry: [time]\n", 7, "no slot \"time\""),
    (head + "intents:\n  book: {say: [book], do: \"a b\"}\n", 4, "The tool's name \"a b\""),
    (head + "intents:\n  book: {say: [book], do: x}\n", 1, "no intent \"message\""),
    (head + "intents:\n" + message, 1, "\"transfer\" does not say to whom"),
    (head + "intents:\n" + message + "  p: {say: [operator], do: transfer}\n" + limits, 5, "does not say to whom"),
    (head + "intents:\n" + message + "limits: {then: give_up}\n", 5, "\"then\" must be transfer, message or transfer_or_message"),
    (head + "intents:\n" + message + "limits: {then: message, reprompt: 9}\n", 5, "A number from 1 to 5"),
    (head + "intents:\n" + message + limits + "faq: [{q: why}]\n", 6, "needs \"q\", one or more questions, and \"a\""),
    (head + "intents:\n" + message + limits + "pronunciations: {x: Q Q}\n", 6, "\"Q\" is not a phone"),
    (head + "intents:\n" + message + limits + "transfer: {to: x, days: someday}\n", 6, "Weekdays such as \"mon-fri\""),
  ])
  func faults(_ yaml: String, _ line: Int, _ text: String) {
    let problem = #expect(throws: FlowProblem.self) { try Flow(yaml: yaml, file: "flow.yaml") }
    #expect(problem?.text.contains(text) == true, "\(problem?.description ?? "")")
    #expect(problem?.line ?? 0 == line, "\(problem?.description ?? "")")
  }

  /// The short forms are enough for a small flow: slots by type alone, arguments by slot name.
  @Test func shortForms() throws {
    let flow = try Flow(yaml: Self.head + "intents:\n" + Self.message + Self.limits, file: "flow.yaml")
    let dialogue = Dialogue(flow)
    let moment = Moment(today: .epoch, time: .first)
    let reply = dialogue.reply(
      to: Chat([
        .caller("take a message", .sure), .agent("Please say the phone, ten digits."), .caller("415 555 2671", .sure),
        .agent("I have 4 1 5, 5 5 5, 2 6 7 1. Is that right?"), .caller("yes", .sure),
      ]), at: moment)
    #expect(reply.toolCall == Reply.ToolCall(name: "take_message", arguments: ["phone": "4155552671"]))
  }

  /// The demo's flow is sound.
  @Test func demo() throws { #expect(try Place.demo().intents.count == 5) }
}
