// I2: what the caller said reaches the model.

import Base
import Journal
import Vox

/// Caller words are numbered from 1, so each list of them has one right continuation.
final class CallerWordsOnce: Invariant {
  override var id: String { "I2" }
  override var sentence: String {
    "every caller word that is taken is taken once and in order, across any hand-over, and reaches the model"
  }

  private var taken: [Int: Int] = [:]
  private var answered: [Int: Int] = [:]

  override func fact(_ call: CallRecord, _ entry: Entry) {
    guard case .heard(let heard) = entry.fact else { return }
    for word in Words.callerNumbers(heard.text) {
      let expected = taken[call.number, default: 0] + 1
      guard word == expected else {
        return report(call, word < expected ? "c\(word) was taken twice" : "c\(expected) was lost: c\(word) came instead")
      }
      if word > call.caller?.spoken ?? 0 { report(call, "c\(word) was taken before it was said") }
      taken[call.number] = word
      if heard.use == .answered { answered[call.number] = word }
    }
  }

  override func asked(_ call: CallRecord, _ words: [Int]) {
    for (i, word) in words.enumerated() where word != i + 1 {
      return report(call, "the model was shown c\(word) in the place of c\(i + 1)")
    }
    if words.count < answered[call.number, default: 0] {
      report(call, "the model was shown \(words.count) words, and \(answered[call.number, default: 0]) were taken for answer")
    }
  }
}
