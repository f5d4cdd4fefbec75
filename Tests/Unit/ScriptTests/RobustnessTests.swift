// Whatever a caller says, the agent answers, and the conversation comes to an end.

@testable import Dialogue
import Testing

@Suite struct RobustnessTests {
  private let dialogue: Dialogue
  private let flow: Flow
  private let moments = ["10:00", "20:00"].compactMap(CivilTime.init(iso:)).map { Moment(today: ReaderTests.today, time: $0) }

  init() throws {
    flow = try Place.demo()
    dialogue = Dialogue(flow)
  }

  /// From every state, the same useless answer again and again leads to a person or an honest end within twelve turns: never a loop.
  @Test(arguments: [
    [], ["book an appointment"], ["book an appointment", "friday"], ["book an appointment", "friday", "ten"],
    ["book an appointment", "friday", "ten", "415 555 2671"], ["book an appointment", "friday", "ten", "415 555 2671", "yes"],
    ["book an appointment", "friday", "ten", "415 555 2671", "yes", "no"], ["leave a message"], ["cancel my appointment"], ["hours"],
  ])
  func nonsenseEnds(_ start: [String]) throws {
    for moment in moments {
      for nonsense in ["purple elephants", "[dtmf 99]", "no", "saturday"] {
        var talk = Talk(dialogue: dialogue, moment: moment)
        for words in start { talk.say(words) }
        var ended = false
        for _ in 0..<12 where !ended {
          ended = talk.say(nonsense).end != nil
        }
        #expect(ended, "\(start) \(nonsense) at \(moment.time.iso)")
      }
    }
  }

  /// Seeded conversations of random words never trap, always say or do something, and call tools only after a yes or a key.
  @Test(arguments: UInt64(1)...16)
  func randomTalk(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let words = Samples(flow, seed: seed).sentences.map { $0.joined(separator: " ") }
    let odd = ["", "[dtmf 1]", "[dtmf 0305]", "[dtmf *]", "[dtmf #]", "[", "[dtmf", "]]", "\u{0}", "ß 你好", "4155552671", "[silence]"]
    var chat = Chat(), memory = Dialogue.Memory()
    for _ in 0..<25 {
      let text = random.chance(15) ? random.pick(odd) ?? "" : random.pick(words) ?? ""
      let certainty = random.pick([Chat.Certainty.sure, .sure, .unsure, .poor]) ?? .sure
      chat.entries.append(.caller(text, certainty))
      let reply = dialogue.reply(to: chat, at: moments[0], remembering: &memory)
      #expect(!reply.sentences.isEmpty || reply.toolCall != nil, "\(text)")
      #expect(!reply.sentences.contains(""))
      if let call = reply.toolCall {
        #expect(certainty == .sure, "\(text)")
        chat.entries.append(.call(id: "c", tool: call.name))
        chat.entries.append(
          .result(id: "c", content: random.chance(50) ? "{\"ok\":true,\"day\":\"2026-03-05\"}" : "no", failed: random.chance(30)))
      } else {
        let played = reply.text.split(separator: " ")
        chat.entries.append(.agent(random.chance(20) ? played.prefix(Int(random.next() % 8)).joined(separator: " ") : reply.text))
      }
      if random.chance(5) { chat.entries.append(.agent("Something another provider said.")) }
    }
  }

  /// A chat that is not what a host would send is answered all the same.
  @Test func oddContexts() throws {
    let chats: [[Chat.Entry]] = [
      [], [.agent("Hello.")], [.agent("")], [.result(id: "x", content: "{", failed: false)], [.call(id: "x", tool: "unknown")],
      [.call(id: "x", tool: "unknown"), .result(id: "x", content: "{}", failed: false)],
      [.call(id: "x", tool: "book_appointment"), .result(id: "x", content: String(repeating: "[", count: 5_000), failed: false)],
      [.caller("book an appointment", .sure), .agent("What day would")],
      Array(repeating: .caller("yes", .sure), count: 300),
    ]
    for entries in chats { #expect(!dialogue.reply(to: Chat(entries), at: moments[0]).sentences.isEmpty) }
  }
}

/// A conversation in which every sentence is played and every tool refuses.
private struct Talk {
  let dialogue: Dialogue
  let moment: Moment
  var chat = Chat()
  var memory = Dialogue.Memory()

  init(dialogue: Dialogue, moment: Moment) { (self.dialogue, self.moment) = (dialogue, moment) }

  /// Says something; answers what the agent says in the end, after its tool if it called one.
  @discardableResult
  mutating func say(_ words: String) -> Reply {
    chat.entries.append(.caller(words, .sure))
    var reply = dialogue.reply(to: chat, at: moment, remembering: &memory)
    if let call = reply.toolCall {
      let id = "c\(chat.entries.count)"
      chat.entries += [.call(id: id, tool: call.name), .result(id: id, content: "{\"ok\":false}", failed: false)]
      reply = dialogue.reply(to: chat, at: moment, remembering: &memory)
    }
    chat.entries.append(.agent(reply.text))
    return reply
  }
}
