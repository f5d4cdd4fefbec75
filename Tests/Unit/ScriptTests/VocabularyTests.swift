// The recogniser's vocabulary, made of the flow alone.

@testable import Dialogue
import FoundationEssentials
import Testing

@Suite struct VocabularyTests {
  private static let dictionary = """
    a AH
    a(2) EY
    appointment AH P OY N T M AH N T
    book B UH K
    monday M AH N D IY
    monday(2) M AH N D EY
    unused AH N Y UW Z D

    """

  private static let yaml = """
    agent: A
    greet: Hello.
    intents:
      book:
        say:
          - book [a] appointment
          - book a frobnication
        do: book
    limits: {then: transfer}
    transfer: {to: x}
    """

  /// Words that nobody can pronounce are named with the line that uses them, and their phrases are left out.
  @Test func missingWords() throws {
    let flow = try Flow(yaml: Self.yaml, file: "flow.yaml")
    let vocabulary = Vocabulary(flow, dictionary: Array(Self.dictionary.utf8))
    let own = vocabulary.problems.filter { $0.line != nil }
    #expect(own.map(\.line) == [7] && own[0].text.contains("\"frobnication\""))
    #expect(vocabulary.files["domain.lm"]?.contains("frobnication") == false)
    #expect(vocabulary.files["domain.lm"]?.contains(" book a appointment") == true)
  }

  /// The small dictionary holds just the words that occur, with all their variants, and the flow's own pronunciations.
  @Test func dictionary() throws {
    let yaml = Self.yaml + "\npronunciations: {frobnication: f r aa b}\n"
    let vocabulary = Vocabulary(try Flow(yaml: yaml, file: "flow.yaml"), dictionary: Array(Self.dictionary.utf8))
    #expect(vocabulary.problems.allSatisfy { $0.line == nil })
    let lines = Set((vocabulary.files["domain.dict"] ?? "").split(separator: "\n").map(String.init))
    #expect(lines.isSuperset(of: ["a AH", "a(2) EY", "frobnication F R AA B"]) && !lines.contains("unused AH N Y UW Z D"))
  }

  /// The language model equals that of pocketsphinx's ArpaBoLM (PyPI package pocketsphinx 5, discount 0.5) for the same sentences.
  @Test func languageModel() throws {
    let sentences = try Place.text("Vectors/sentences.txt").split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let ours = Trigrams(sentences).arpa().split(separator: "\n"), theirs = try Place.text("Vectors/arpa.txt").split(separator: "\n")
    #expect(ours.count == theirs.count && theirs.count > 30)
    for (one, other) in zip(ours, theirs) {
      let a = one.split(separator: " "), b = other.split(separator: " ")
      #expect(a.count == b.count)
      for (x, y) in zip(a, b) {
        if let p = Double(x), let q = Double(y) { #expect(abs(p - q) < 0.00015) } else { #expect(x == y) }
      }
    }
  }

  /// Everything a caller may be asked for stands in the language model on its own, and the sample has the size that was measured.
  @Test(.enabled(if: Place.hasDictionary, "the package pocketsphinx-en-us is not installed"))
  func demo() throws {
    let vocabulary = Vocabulary(try Place.demo(), dictionary: try Place.dictionary())
    #expect(vocabulary.problems.isEmpty, "\(vocabulary.problems)")
    #expect((2_500...5_000).contains(vocabulary.sentences) && (200...600).contains(vocabulary.words))
    #expect(
      Set(vocabulary.files.keys) == ["domain.dict", "domain.lm", "keyterms.txt", "yes_no.gram", "date.gram", "time.gram", "digits10.gram"])
    let model = vocabulary.files["domain.lm"] ?? ""
    for start in ["<s> monday </s>", "<s> yes </s>", "<s> ten </s>", "<s> hours </s>", "<s> operator </s>"] {
      #expect(model.contains(start), "\(start)")
    }
  }

  /// Each word of a grammar is in the dictionary: one that is not would make the recogniser refuse the grammar.
  @Test(.enabled(if: Place.hasDictionary, "the package pocketsphinx-en-us is not installed"))
  func grammarsArePronounceable() throws {
    let vocabulary = Vocabulary(try Place.demo(), dictionary: try Place.dictionary())
    let known = Set(
      (vocabulary.files["domain.dict"] ?? "").split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
    let grammars = vocabulary.files.filter { $0.key.hasSuffix(".gram") }
    #expect(grammars.count == 4)
    for (name, text) in grammars {
      for line in text.split(separator: "\n").dropFirst(2) {
        let body = line.split(separator: "=", maxSplits: 1).last ?? ""
        for word in body.split(whereSeparator: { " |()[];".contains($0) }) where !word.hasPrefix("<") && !word.hasPrefix("/") {
          #expect(known.contains(String(word)), "\(name): \(word)")
        }
      }
    }
    #expect(grammars["digits10.gram"]?.contains(Array(repeating: "<digit>", count: 10).joined(separator: " ")) == true)
  }

  /// The same flow gives the same bytes; another seed gives other sentences.
  @Test func repeats() throws {
    let flow = try Place.demo(), dictionary = Array(Self.dictionary.utf8)
    #expect(Vocabulary(flow, dictionary: dictionary).files == Vocabulary(flow, dictionary: dictionary).files)
    #expect(Samples(flow, seed: 1).sentences != Samples(flow, seed: 2).sentences)
  }

  /// A vocabulary is written whole under its content's name; writing it again changes nothing; a folder that cannot be made is told.
  @Test func files() throws {
    let parent = FileManager.default.temporaryDirectory.path + "/vocabulary-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let vocabulary = Vocabulary(try Place.demo(), dictionary: Array(Self.dictionary.utf8))
    let folder = try vocabulary.write(into: parent)
    #expect(folder == parent + "/" + vocabulary.id)
    #expect(try vocabulary.write(into: parent) == folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == [vocabulary.id])
    for (name, text) in vocabulary.files { #expect(try Data(contentsOf: URL(filePath: folder + "/" + name)) == Data(text.utf8)) }
    #expect(throws: Vocabulary.WriteProblem.self) { try vocabulary.write(into: "/proc/none") }
  }
}
