// Cutting an answer into pieces that a voice can speak.

import Testing

@testable import Calls

@Suite struct SpeechChunkerTests {
  private func parts(_ text: String, step: Int = .max, maxBytes: Int = 400, grows: Bool = false) -> [SpeechChunker.Part] {
    var chunker = SpeechChunker(maxBytes: maxBytes, grows: grows)
    var found: [SpeechChunker.Part] = []
    var rest = text[...]
    while !rest.isEmpty {
      let part = rest.prefix(step)
      rest = rest.dropFirst(part.count)
      found += chunker.append(String(part))
    }
    return found + [chunker.finish()].compactMap { $0 }
  }

  /// The whole pieces.
  private func pieces(_ text: String, step: Int = .max, maxBytes: Int = 400, grows: Bool = false) -> [String] {
    var pieces: [String] = []
    var isOver = true
    for part in parts(text, step: step, maxBytes: maxBytes, grows: grows) {
      #expect(part.begins == isOver)
      if part.begins { pieces.append(part.text) } else { pieces[pieces.count - 1] += part.text }
      isOver = part.ends
    }
    #expect(isOver)
    return pieces
  }

  /// Sentences are pieces; what does not end a sentence does not end a piece.
  @Test(arguments: [
    ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
    ("Dr. Miller sees you at 3.30 p.m. today.", ["Dr. Miller sees you at 3.30 p.m. today."]),
    ("It costs 3.5 francs. J. S. Bach wrote it.", ["It costs 3.5 francs.", "J. S. Bach wrote it."]),
    ("First line\nsecond line", ["First line", "second line"]),
    ("  spaces   around.  ", ["spaces   around."]),
    ("", []), ("   \n ", []),
  ])
  func sentences(_ text: String, _ expected: [String]) { #expect(pieces(text) == expected) }

  /// However the text arrives, the pieces are the same.
  @Test(arguments: [1, 2, 3, 7]) func anySteps(_ step: Int) {
    let text = "Good morning, this is the clinic, how can I help? We are open until 6.30 today. Dr. Miller is in."
    #expect(pieces(text, step: step) == pieces(text))
  }

  /// A voice that takes growing texts is given each word when it is whole, and the pieces are the sentences, however the text arrives.
  @Test func growing() {
    let text = "Well, let me have a look  at that, it takes a moment. Dr. Miller is in.\nYes "
    for step in [1, 2, 5, 40, .max] {
      #expect(
        pieces(text, step: step, grows: true) == ["Well, let me have a look  at that, it takes a moment.", "Dr. Miller is in.", "Yes"])
    }
    var chunker = SpeechChunker(grows: true)
    var found: [SpeechChunker.Part] = []
    for token in [" Well", ", let", " me ", "see. No", "w"] { found += chunker.append(token) }
    #expect(
      found == [
        .init(text: "Well,", ends: false), .init(text: " let me", begins: false, ends: false), .init(text: " see.", begins: false),
      ])
    #expect(chunker.finish() == .init(text: "Now"))
  }

  /// Nobody waits for the next word where a space is known to follow: neither a voice that takes words, nor one that takes sentences.
  @Test func wordEnd() {
    var chunker = SpeechChunker(grows: true)
    #expect(chunker.append("Good", isWordEnd: true) == [.init(text: "Good", ends: false)])
    #expect(chunker.append(" morning.", isWordEnd: true) == [.init(text: " morning.", begins: false)])
    #expect(chunker.append("How", isWordEnd: true) == [.init(text: "How", ends: false)])
    #expect(chunker.finish() == .init(text: "", begins: false))
    var whole = SpeechChunker()
    #expect(whole.append("Good morning.", isWordEnd: true) == [.init(text: "Good morning.")])
  }

  /// The first word of an answer may be given before anything says that it is whole. A space behind it, or the end, says that it was, a mark
  /// leaves it open, and anything else has it replaced once the word is whole.
  @Test(
    arguments: [
      (["Sure", " thing"], [.init(text: "Sure", ends: false)], false),
      (["Sure", ",", " but"], [.init(text: "Sure", ends: false), .init(text: ",", begins: false, ends: false)], false),
      (["Sure", "."], [.init(text: "Sure", ends: false)], true),
      (["Sure", ".", " We"], [.init(text: "Sure", ends: false), .init(text: ".", begins: false)], false),
      (["Sure", "ly"], [.init(text: "Sure", ends: false)], true),
      (["Sure", "ly", " not"], [.init(text: "Sure", ends: false), .init(text: "Surely", ends: false, replaces: true)], false),
      (["Sure", ".", "ly. N"], [.init(text: "Sure", ends: false), .init(text: "Sure.ly.", replaces: true)], false),
      ([" Hello", " 2"], [.init(text: "Hello", ends: false)], false),
      (["It", "'s fine"], [.init(text: "It's", ends: false)], false), (["12", " o"], [.init(text: "12", ends: false)], false),
      (["你好吗", "，"], [], false),
    ] as [([String], [SpeechChunker.Part], Bool)])
  func guesses(_ texts: [String], _ expected: [SpeechChunker.Part], _ isOpen: Bool) {
    var chunker = SpeechChunker(grows: true)
    #expect(texts.flatMap { chunker.append($0, mayGuess: true) } == expected)
    #expect(chunker.isGuessing == isOpen)
  }

  /// The end of an answer says of a guessed word what a space would, and nothing is guessed of what was dropped.
  @Test func guessAtTheEnd() {
    var chunker = SpeechChunker(grows: true)
    func give(_ texts: String...) { for text in texts { _ = chunker.append(text, mayGuess: true) } }
    give("Sure")
    #expect(chunker.finish() == .init(text: "", begins: false))
    give("Sure", ".")
    #expect(chunker.finish() == .init(text: ".", begins: false))
    give("Sure", "ly")
    #expect(chunker.finish() == .init(text: "Surely", replaces: true))
    give("Sure")
    chunker.dropPending()
    #expect(!chunker.isGuessing && chunker.finish() == nil)
  }

  /// A piece does not begin with what cannot be said, and ends empty when all of it was given.
  @Test func growingEdges() {
    var chunker = SpeechChunker(grows: true)
    #expect(chunker.append("[laugh] ") == [])
    #expect(chunker.append("Hello there ") == [.init(text: "[laugh] Hello there", ends: false)])
    #expect(chunker.finish() == .init(text: "", begins: false))
    #expect(chunker.append("One two three") == [.init(text: "One two", ends: false)])
    chunker.dropPending()
    #expect(chunker.finish() == nil)
  }

  /// No piece is longer than the voice takes, and no word is lost or doubled, whatever white space is between the words.
  @Test func growingLimit() {
    let words = (0..<60).map { "wörd\($0)" }
    for space in [" ", "\t", "\u{a0}", "  "] {
      let found = pieces(words.joined(separator: space), step: 3, maxBytes: 64, grows: true)
      #expect(found.allSatisfy { $0.utf8.count <= 64 })
      #expect(found.joined(separator: " ").split(whereSeparator: \.isWhitespace).map(String.init) == words)
    }
    var full = SpeechChunker(maxBytes: 40, grows: true)
    let word = String(repeating: "x", count: 30)
    #expect(full.append("One two " + word, isWordEnd: true).map(\.text) == ["One two " + word])
    #expect(full.append(",,, three", isWordEnd: true) == [.init(text: "", begins: false), .init(text: ",,, three", ends: false)])
    // A mark that joins the space before it makes of both a sign that is no space any more.
    #expect(pieces("one two \u{301}three four", step: 1, maxBytes: 40, grows: true).joined().contains("four"))
  }

  /// The first piece may be a clause, so that the voice can begin early; later ones are whole sentences.
  @Test func firstClause() {
    #expect(
      pieces("Well, let me have a look at that, it will take a moment. After that, and only after that, we go on.") == [
        "Well, let me have a look at that,", "it will take a moment.", "After that, and only after that, we go on.",
      ])
  }

  /// No piece is longer than the voice takes, also in scripts of many bytes, and no word is lost.
  @Test func limit() {
    let words = (0..<200).map { "wörd\($0)" }
    let found = pieces(words.joined(separator: " "), maxBytes: 64)
    #expect(found.allSatisfy { $0.utf8.count <= 64 })
    #expect(found.joined(separator: " ").split(separator: " ").map(String.init) == words)
    let unbroken = pieces(String(repeating: "漢", count: 100), maxBytes: 64)
    #expect(unbroken.allSatisfy { $0.utf8.count <= 64 })
    #expect(unbroken.joined().count == 100)
  }

  /// A sentence is given as soon as the next one begins, not at the end of the answer.
  @Test func early() {
    var chunker = SpeechChunker()
    let before = chunker.append("We are open.")
    #expect(before == [])
    let after = chunker.append(" Un")
    #expect(after == [.init(text: "We are open.")])
  }
}
