// The agent's own sentences: everything it says that the flow does not spell out.

/// Short, complete sentences; each leaves the caller knowing what to say next.
enum Phrases {
  static let anythingElse = "Is there anything else I can do for you?"
  static let howHelp = "How can I help you?"
  static let isThatRight = "Is that right?"
  static let goodbye = "Thank you for calling. Goodbye."
  static let takeOver = "I am sorry, something went wrong on my side, so I may ask you something again."
  static let notUnderstood = "I am sorry, I did not understand that."
  static let notKnown = "I am sorry, I do not know the answer to that."
  static let yesOrNo = "Please say yes or no, or press 1 for yes and 2 for no."
  static let sorryAgain = "I am sorry."
  static let nobody = "I am sorry, nobody can take your call right now."
  static let transferAgain = "I am sorry, I could not connect you."
  static let giveUp = "I am sorry that I could not help you. Please call again later. Goodbye."
  static let takeYourTime = "Take your time."
  static let welcome = "You are welcome."
  static let hello = "Hello."
  static let startOver = "All right, let us start over."
  static let dropped = "All right, I will leave that."
  static let offerMessage = "Would you like to leave a message?"
  static let textNotUnderstood = "I am sorry, I could not make out your words, but I will say that you called."
  /// What a tool gets in place of words that were not understood.
  static let unclearText = "(The caller's words were not understood.)"
  static let takeMessage = "Let me take a message."
  static let toolFailed = "I am sorry, that did not work."
  static let toolDone = "That is done."

  static func doubt(_ what: String) -> String { "Did you want to \(what)?" }
  static func didYouSay(_ what: String) -> String { "Did you say \(what)?" }
  static func readBack(_ what: String) -> String { "I have \(what)." }
  static func heardAgain(_ what: String) -> String { "I hear \(what) again, and that cannot be right." }
  static func change(_ labels: [String]) -> String { "What should I change: " + Spoken.list(labels, joined: "or") + "?" }
  static func canDo(_ labels: [String]) -> String { "You can say, for example: " + Spoken.list(labels, joined: "or") + "." }
  static func asked(_ question: String) -> String { "I think you asked: \(question)." }

  /// The keypad menu: one sentence for each entry.
  static func menu(_ labels: [String], person: Bool) -> [String] {
    let lines = labels.enumerated().map { "To \($0.element), press \($0.offset + 1)." }
    return person ? lines + ["To talk to a person, press 0."] : lines
  }

  /// How a slot is keyed in when speech has failed twice.
  static func keypad(_ slot: Slot) -> String {
    switch slot.kind {
    case .digits(let count): "Please type the \(Numbers.cardinal(count)) digits on your keypad."
    case .date: "Please type the date on your keypad: two digits for the month and two for the day."
    case .time: "Please type the time on your keypad, with four digits, such as 0 9 3 0."
    case .yesNo: yesOrNo
    case .name(let list), .choice(let list):
      list.prefix(9).enumerated().map { "For \($0.element.phrases[0]), press \($0.offset + 1)." }.joined(separator: " ")
    case .text: slot.again
    }
  }

  /// A general sentence for a value that is understood but not possible.
  static func refuse(_ slot: Slot) -> String {
    switch slot.kind {
    case .date: "I am sorry, that day is not possible."
    case .time(let from, let to): "I am sorry, the time must be between \(Spoken.time(from)) and \(Spoken.time(to))."
    case .digits(let count): "I need exactly \(Numbers.cardinal(count)) digits."
    default: notUnderstood
    }
  }

  /// How a slot is asked for when the flow gives no words of its own.
  static func defaults(for kind: Slot.Kind, label: String) -> (ask: String, again: String) {
    switch kind {
    case .yesNo: ("Yes or no?", yesOrNo)
    case .date: ("What day would you like?", "Please say a day, such as Monday, tomorrow, or March fifth.")
    case .time: ("What time would you like?", "Please say a time, such as ten thirty.")
    case .digits(let count):
      (
        "Please say \(label), \(Numbers.cardinal(count)) digits.",
        "Please say the \(Numbers.cardinal(count)) digits one by one, or type them on your keypad."
      )
    case .name(let list), .choice(let list):
      ("Please tell me \(label).", "You can say " + Spoken.list(list.prefix(5).map { $0.phrases[0] }, joined: "or") + ".")
    case .text: ("Please speak after this.", "Please say it in your own words.")
    }
  }
}
