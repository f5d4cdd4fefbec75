// The next words of a text, as far as they have come.

/// The word to be read and those that follow, as far as they are known.
struct Window {
  let tokens: ArraySlice<Token>
  /// Nothing more belongs to these.
  let isEnd: Bool
  let past: Past
  let dates: SpeechStyle.DateOrder
  /// A word was asked for that is not there yet: the reading is not certain.
  private(set) var isStarved = false

  init(tokens: ArraySlice<Token>, isEnd: Bool, past: Past, dates: SpeechStyle.DateOrder) {
    self.tokens = tokens
    self.isEnd = isEnd
    self.past = past
    self.dates = dates
  }

  /// The token so many places on; never nil for 0.
  mutating func any(_ offset: Int) -> Token? {
    let index = tokens.startIndex + offset
    if index < tokens.endIndex { return tokens[index] }
    if !isEnd { isStarved = true }
    return nil
  }

  /// The token so many places on when no mark stands between: it may belong to the same expression.
  mutating func next(_ offset: Int = 1) -> Token? {
    for before in 0..<offset {
      guard let token = any(before), token.trail.isEmpty else { return nil }
    }
    guard let token = any(offset), token.lead.isEmpty else { return nil }
    return token
  }

  /// A sentence ends with the dot of the token so many places on: nothing follows, or something that begins one.
  mutating func dotEndsSentence(_ offset: Int = 0) -> Bool {
    guard let token = any(offset), token.trail.count == 1, let following = any(offset + 1) else { return true }
    return following.isCapitalised && !Calendar.isName(following.lower)
  }
}
