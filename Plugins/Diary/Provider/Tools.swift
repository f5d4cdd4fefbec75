// What the diary can do, as a language model reads it.

import PluginKit
import Vox

private let day: JSONValue = ["type": "string", "description": "A day, as 2027-03-15.", "minLength": 10, "maxLength": 10]
private let time: JSONValue = ["type": "string", "description": "A time of day, as 14:30.", "minLength": 5, "maxLength": 5]
private let phone: JSONValue = ["type": "string", "description": "A phone number, digits only.", "minLength": 4, "maxLength": 15]
private let text: JSONValue = ["type": "string", "minLength": 1, "maxLength": 2_000]

let tools = [
  tool("book_appointment", "Books an appointment.", ["day": day, "time": time, "phone": phone]),
  tool("cancel_appointment", "Cancels an appointment by its day and phone number.", ["day": day, "phone": phone]),
  tool(
    "move_appointment", "Moves the next appointment of a phone number to another day and time.",
    ["day": day, "time": time, "phone": phone]),
  tool("take_message", "Leaves a message for the team.", ["phone": phone, "text": text]),
]

/// Every argument is required.
private func tool(_ name: String, _ description: String, _ arguments: [String: JSONValue]) -> ToolDescription {
  ToolDescription(
    name: name, description: description,
    schema: [
      "type": "object", "additionalProperties": false, "properties": .object(arguments),
      "required": .array(arguments.keys.sorted().map { .string($0) }),
    ])
}
