// Proves that what a voice is given can be said, however the text arrives.

import Glibc
@testable import Speech
import Testing
import Vox

@Suite struct SpeakableTests {
  private func say(_ text: String, _ style: SpeechStyle = SpeechStyle()) -> String {
    var speakable = Speakable(style)
    let first = speakable.append(text)
    return first + speakable.finish()
  }

  /// Every case of the table is read as written there.
  @Test func readsTheTable() {
    #expect(SpeakableCases.all.count >= 120)
    for (written, spoken) in SpeakableCases.all { #expect(say(written) == spoken, "of: \(written)") }
  }

  /// How a text was cut into pieces changes nothing: at every place once, and one character at a time.
  @Test func everyCutGivesTheSame() {
    let long = SpeakableCases.all.map(\.0).joined(separator: " ")
    for written in SpeakableCases.all.map(\.0) {
      let whole = say(written)
      let scalars = Array(written.unicodeScalars)
      for cut in scalars.indices.dropFirst() {
        var speakable = Speakable(SpeechStyle())
        let a = speakable.append(String(String.UnicodeScalarView(scalars[..<cut])))
        let b = speakable.append(String(String.UnicodeScalarView(scalars[cut...])))
        #expect(a + b + speakable.finish() == whole, "of: \(written), cut at \(cut)")
      }
    }
    for style in [SpeechStyle(), SpeechStyle(language: "de-CH"), .written()] {
      var speakable = Speakable(style)
      var text = ""
      for scalar in long.unicodeScalars { text += speakable.append(String(scalar)) }
      #expect(text + speakable.finish() == say(long, style))
    }
  }

  /// Random texts of the characters that mean something: cut at random they read the same, and nothing traps.
  @Test func randomTextsReadTheSame() {
    var random = SplitMix(seed: 11)
    let alphabet = Array("ab Z1290.,:;!?-–—/@#$€%*_`~[]()<>|&\\\"' \n\n+=x😀é\u{FE0F}\u{200D}pm".unicodeScalars)
    for _ in 0..<600 {
      let scalars = (0..<random.below(60)).map { _ in alphabet[random.below(alphabet.count)] }
      let whole = say(String(String.UnicodeScalarView(scalars)))
      var speakable = Speakable(SpeechStyle())
      var text = ""
      var at = 0
      while at < scalars.count {
        let next = min(at + 1 + random.below(5), scalars.count)
        text += speakable.append(String(String.UnicodeScalarView(scalars[at..<next])))
        at = next
      }
      #expect(text + speakable.finish() == whole, "of: \(String(String.UnicodeScalarView(scalars)))")
    }
  }

  /// No word is lost: whatever markup stands around words, all of them are said, in order.
  @Test func noWordIsLost() {
    var random = SplitMix(seed: 5)
    let words = ["hello", "your", "room", "is", "ready", "tomorrow", "please", "come", "early", "thanks"]
    let around = [
      ("", ""), ("**", "**"), ("*", "*"), ("[", "](https://a.example/b)"), ("`", "`"), ("", ","), ("", "."), ("(", ")"), ("", " |"),
      ("_", "_"), ("<b>", "</b>"), ("", " 😀"), ("\n- ", ""), ("\n# ", "\n"), ("\n> ", "\n"), ("[", "]"), ("<", ">"), ("\n| ", " |\n"),
      ("$", ""), ("\"", "\""),
    ]
    for _ in 0..<500 {
      let chosen = (0..<1 + random.below(12)).map { _ in words[random.below(words.count)] }
      let text = chosen.map { word in
        let (open, close) = around[random.below(around.count)]
        return open + word + close
      }.joined(separator: " ")
      let said = say(text).lowercased().split { !$0.isLetter }.map(String.init).filter { words.contains($0) }
      #expect(said == chosen, "of: \(text)")
    }
  }

  /// Plain words pass unchanged, and what was read once is not read differently a second time.
  @Test func plainWordsAreLeftAlone() {
    let plain = "Thank you for calling. How can I help you today, or would you rather speak with someone else?"
    #expect(say(plain) == plain)
    for (written, _) in SpeakableCases.all {
      let once = say(written)
      #expect(say(once) == once, "of: \(written)")
    }
  }

  /// A clause is out as soon as the space behind it is there; only a number waits for the word behind it.
  @Test func holdsBackOnlyWhatMayChange() {
    var speakable = Speakable(SpeechStyle())
    #expect(speakable.append("Sure, I can help with that, ") == "Sure, I can help with that, ")
    #expect(speakable.append("it costs $12") == "it costs")
    #expect(speakable.append(".50 ") == "")
    #expect(speakable.append("million") == "")
    #expect(speakable.append(" a year. ") == " twelve point five zero million dollars a year. ")
    #expect(speakable.append("It was $12. ") == "It was twelve dollars. ")
    #expect(speakable.append("Done! ") == "Done! ")
  }

  /// What is held back is bounded, whatever comes: an endless word, an endless tag, an endless link.
  @Test func holdsBackABoundedAmount() {
    for start in ["", "[", "<a", "[x](", "<", "`", "1", "$", "&"] {
      var speakable = Speakable(SpeechStyle())
      var taken = 0
      var given = speakable.append(start).utf8.count
      for _ in 0..<4000 {
        given += speakable.append("y").utf8.count
        taken += 1
      }
      let isTarget = start == "[x]("
      #expect(isTarget || taken - given <= 2 * Speakable.Limits.token, "after: \(start)")
    }
  }

  /// A voice that performs tags or reads SSML gets its own, and only those.
  @Test func passesWhatTheVoiceDeclares() {
    let traits: JSONValue = ["tags": ["[laugh]"], "ssml": true]
    let style = SpeechStyle(language: "en-US", traits: traits, ssml: true)
    #expect(say("Oh [laugh] well [cough] <break time=\"1s\"/> yes, $5", style) == "Oh [laugh] well <break time=\"1s\"/> yes, five dollars")
    #expect(say("Oh <break/> yes", SpeechStyle(language: "en-US", traits: traits)) == "Oh, yes")
    #expect(say("Oh [laugh] **yes**, $5 [pause] ok", .written()) == "Oh [laugh] yes, $5, ok")
    #expect(say("a & b <break/> **c**", .written(ssml: true)) == "a & b <break/> c")
    #expect(say("a & b <break/> **c**", .written()) == "a & b, c")
  }

  /// A text for a voice that reads SSML is well-formed wherever it was cut, and holds nothing that fetches sound or changes who speaks.
  @Test(arguments: [
    ("<emphasis>now</emphasis>, please", "<emphasis>now</emphasis>, please"),
    ("say <prosody rate=\"slow\">it <emphasis>all", "say <prosody rate=\"slow\">it <emphasis>all</emphasis></prosody>"),
    ("all</emphasis> of it</prosody>", "all of it"), ("one <p>two <s>three</p> four", "one <p>two <s>three four</s></p>"),
    ("<speak>hi <audio src=\"https://a.example/x.wav\"/>you</speak>", "hi you"), ("<Emphasis>no</Emphasis>", "no"),
    ("Q&A: 3 < 4 & 5 > 4", "Q&amp;A: 3 &lt; 4 &amp; 5 &gt; 4"),
  ])
  func writesWellFormedSSML(text: String, spoken: String) {
    let style = SpeechStyle(normalisesItself: true, ssml: .read)
    #expect(say(text, style) == spoken)
  }

  /// Elements within elements are bounded, and what is passed is closed.
  @Test func boundsTheDepthOfSSML() {
    let said = say(String(repeating: "<s>", count: 100) + "x", SpeechStyle(normalisesItself: true, ssml: .read))
    #expect(said.split(separator: "<s>", omittingEmptySubsequences: false).count - 1 == Speakable.Limits.depth)
    #expect(said.split(separator: "</s>", omittingEmptySubsequences: false).count - 1 == Speakable.Limits.depth)
  }

  /// Other languages, and voices that read figures themselves, lose the markup alone.
  @Test func removesOnlyTheMarkup() {
    let german = SpeechStyle(language: "de-CH")
    #expect(say("**Am 3.5.** kostet es 12,50 €, d.h. [wenig](x)!", german) == "Am 3.5. kostet es 12,50 €, d.h. wenig!")
    #expect(say("- Dr. Meier 😀\n- 079 123 45 67", german) == "Dr. Meier.\n079 123 45 67.")
    #expect(say("It is **$5** .5", SpeechStyle(normalisesItself: true)) == "It is $5 .5")
  }

  /// The order of day and month is that of the agent's English.
  @Test func readsDatesInTheOrderOfTheLocale() {
    #expect(say("4/5/2025", SpeechStyle(language: "en-US")) == "April fifth, twenty twenty-five")
    #expect(say("4/5/2025", SpeechStyle(language: "en-GB")) == "May fourth, twenty twenty-five")
  }

  /// How far the written text was said is known from how far the spoken one was.
  @Test func mapsWhatWasSaidToWhatWasWritten() {
    let spoken = Speakable.spoken("Pay $12.50 on 3/14 please", SpeechStyle())
    #expect(spoken.text == "Pay twelve dollars and fifty cents on March fourteenth please")
    #expect(spoken.written(for: 0) == 0)
    #expect(spoken.written(for: 3) == 3)
    #expect(spoken.written(for: "Pay twelve dollars".utf8.count) == 3)
    #expect(spoken.written(for: "Pay twelve dollars and fifty cents".utf8.count) == 10)
    #expect(spoken.written(for: spoken.text.utf8.count) == 25)
    let plain = Speakable.spoken("Guten Tag", SpeechStyle(language: "de"))
    #expect(plain.written(for: 5) == 5)
    #expect(plain.written(for: 9) == 9)
  }

  /// Nothing but tags and pictures is nothing to say.
  @Test func knowsWhenThereIsNothingToSay() {
    #expect(!Speakable.hasWords("[laugh] 😀 <break/> ..."))
    #expect(Speakable.hasWords("[laugh] ok"))
  }

  /// The work grows with the text and no faster, signs that open something included. Counted in this thread's own processor time.
  @Test func workIsLinear() {
    func time(_ text: String) -> Int {
      (0..<3).map { _ in
        var (begin, end) = (timespec(), timespec())
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin)
        _ = say(text)
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return (end.tv_sec - begin.tv_sec) * 1_000_000 + (end.tv_nsec - begin.tv_nsec) / 1000
      }.min() ?? 0
    }
    for piece in ["words ", "[", "<a ", "**", "1 ", "(415) ", "[a](b ", "\\", "$5-", "a_", "`", "|", "- ", "# ", "![", "yyy"] {
      let small = time(String(repeating: piece, count: 150))
      let large = time(String(repeating: piece, count: 1200))
      // Eight times the text; a square would be sixty-four times.
      #expect(large < small * 24 + 2000, "of: \(piece), \(small) us and \(large) us")
    }
  }

  /// A plain word is said when it is whole, not when the next one comes.
  @Test func wordsAtOnce() {
    var stream = SpokenStream(SpeechStyle())
    #expect(stream.append("Good") == "Good" && stream.append(" morning") == " morning" && stream.append(" at 10") == " at")
    #expect(stream.finish(" am.") == " ten a m.")
    var plain = Speakable(.written())
    let text = plain.append("Good ")
    #expect(text == "Good" && plain.isBetweenWords)
    let more = plain.append("m")
    #expect(more == " m" && !plain.isBetweenWords)
  }

  /// Said while it is written, a text is what it would be as a whole, and each word leads back to what was written.
  @Test(arguments: [1, 2, 5]) func streamed(_ step: Int) {
    let text = "It costs $12.50 on 3/14, **Dr. Miller** said. Call (415) 555-0100 now, **please** !"
    var stream = SpokenStream(SpeechStyle())
    var said = ""
    let words = text.split(separator: " ")
    for from in stride(from: 0, to: words.count, by: step) {
      let more = (from == 0 ? "" : " ") + words[from..<min(from + step, words.count)].joined(separator: " ")
      said += from + step < words.count ? stream.append(more) : stream.finish(more)
    }
    let whole = Speakable.spoken(text, SpeechStyle())
    #expect(said == whole.text)
    for bytes in 0...said.utf8.count { #expect(stream.written(for: bytes) == whole.written(for: bytes)) }
  }
}

/// A small generator, so that a failing text can be made again (Steele, Lea and Flood, 2014).
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
