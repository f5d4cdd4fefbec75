// What the doctor found about one thing.

import Terminal
import Vox

/// One line of the diagnosis.
struct Finding: Equatable, Sendable {
  enum Grade: String, Sendable {
    /// As it should be.
    case fine
    /// It serves, and could serve better.
    case advice
    /// Something would not serve.
    case problem
  }

  var grade: Grade
  /// `machine`, `state`, `port`, `configuration`, `plugin`.
  var area: String
  /// What was found.
  var sentence: String
  /// What to do about it; empty when there is nothing to do.
  var remedy: String

  static func fine(_ area: String, _ sentence: String) -> Finding { Finding(grade: .fine, area: area, sentence: sentence, remedy: "") }

  static func advice(_ area: String, _ sentence: String, _ remedy: String) -> Finding {
    Finding(grade: .advice, area: area, sentence: sentence, remedy: remedy)
  }

  static func problem(_ area: String, _ sentence: String, _ remedy: String = "") -> Finding {
    Finding(grade: .problem, area: area, sentence: sentence, remedy: remedy)
  }

  var json: JSONValue {
    ["grade": .string(grade.rawValue), "area": .string(area), "sentence": .string(sentence), "remedy": .string(remedy)]
  }

  /// One line, and a second one with what to do.
  var lines: [String] {
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
    let mark = padded(grade == .problem ? "PROBLEM" : grade.rawValue, 9)
    let line = Screen.plain("\(mark)\(padded(area, 15))\(sentence)")
    return remedy.isEmpty ? [line] : [line, Screen.plain(String(repeating: " ", count: 24) + "-> \(remedy)")]
  }
}
