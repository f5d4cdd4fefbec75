// A scripted conversation: what callers want, what is asked, done and answered.

/// One flow, read from one YAML file; everything the dialogue and the recogniser's vocabulary are made of.
public struct Flow: Sendable {
  /// Something a caller may want.
  struct Intent: Sendable {
    enum Action: Sendable, Equatable {
      case transfer
      /// The tool's name and its arguments in the flow's order.
      case tool(String, arguments: [(name: String, value: Template)])

      static func == (a: Action, b: Action) -> Bool {
        switch (a, b) {
        case (.transfer, .transfer): true
        case (.tool(let x, let p), .tool(let y, let q)): x == y && p.elementsEqual(q) { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
      }
    }

    let name: String
    /// How the intent is called in "To ..., press 1" and "Did you want to ...?".
    let label: String
    let say: [Pattern]
    let slots: [Slot]
    /// Asked before the action; its last sentence is the question. Nil acts at once.
    let confirm: [Template]?
    let action: Action
    let done: [Template]
    let fail: [Template]
    /// Slots asked again after the tool refused.
    let retry: [String]
    let line: Int

    func slot(_ name: String) -> Slot? { slots.first { $0.name == name } }
  }

  /// One answer of the operator, given verbatim.
  struct Answer: Sendable {
    let questions: [String]
    let answer: String
    let line: Int
  }

  /// What happens when the caller is not understood.
  struct Limits: Sendable {
    enum Last: String, Sendable, CaseIterable {
      case transfer, message
      case transferOrMessage = "transfer_or_message"
    }

    /// How often the agent asks again: first with examples, the last time with a keypad menu.
    let reprompt: Int
    let then: Last
    /// The intent that takes a message; nil when `then` never takes one and the flow has none.
    let message: String?
  }

  /// To whom callers are handed over, and when somebody is there.
  struct Transfer: Sendable {
    let to: String
    let say: String
    let weekdays: Set<Int>
    let from: CivilTime
    let until: CivilTime
  }

  /// Words that need an answer in every state.
  struct Emergency: Sendable {
    let say: [Pattern]
    let answer: String
    /// Hand the caller over after the answer.
    let transfer: Bool
  }

  /// The file's name, for messages.
  let file: String
  let agent: String
  let greet: [String]
  let intents: [Intent]
  let answers: [Answer]
  let limits: Limits
  let transfer: Transfer?
  let emergency: Emergency?
  /// Phones of words that the pronouncing dictionary lacks or says otherwise, with the line that gives them.
  let pronunciations: [String: (phones: String, line: Int)]

  func intent(_ name: String) -> Intent? { intents.first { $0.name == name } }
}
