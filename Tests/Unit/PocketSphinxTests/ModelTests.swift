// What is said when the files of a vocabulary are not what they should be.

import Foundation
import PocketSphinxEngine
import Testing

@Suite(.enabled(if: Studio.isFurnished, "the package pocketsphinx-en-us is not installed"))
struct ModelTests {
  /// A missing acoustic model, dictionary or language model is refused before the library, which might end the process, sees it.
  @Test func missingFiles() throws {
    let folder = try Studio.vocabulary()
    #expect(throws: RecogniserProblem.self) { try Decoder(Model(acoustics: "/nowhere", vocabulary: folder)) }
    #expect(throws: RecogniserProblem.self) { try Decoder(Model(vocabulary: "/nowhere")) }
    #expect(throws: RecogniserProblem.self) { try Decoder(Model(dictionary: "/etc", language: folder + "/domain.lm")) }
    do { _ = try Decoder(Model(vocabulary: "/nowhere")) } catch {
      #expect(error.description == "/nowhere/domain.dict cannot be read; it is the dictionary of the vocabulary.")
    }
  }

  /// Files of the wrong content are refused with a sentence, and the process goes on.
  @Test(arguments: ["domain.lm", "domain.dict"])
  func rubbish(file: String) throws {
    let copy = FileManager.default.temporaryDirectory.appending(path: "rubbish-\(file)-\(getpid())")
    try FileManager.default.copyItem(at: URL(filePath: try Studio.vocabulary()), to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    try Data("\u{1}\u{2} rubbish\n\n\\data\\\nngram 1=x\n".utf8).write(to: copy.appending(path: file))
    if file == "domain.lm" { #expect(throws: RecogniserProblem.self) { try Decoder(Model(vocabulary: copy.path)) } }
    try Data().write(to: copy.appending(path: file))
    #expect(throws: RecogniserProblem.empty(file: copy.appending(path: file).path)) { try Decoder(Model(vocabulary: copy.path)) }
  }

  /// A grammar's name never leaves the vocabulary, and one that is not there, or cannot be read, is told.
  @Test func grammars() throws {
    let decoder = try Studio.decoder()
    for name in ["", "../../etc/passwd", "a/b", "a.b", String(repeating: "x", count: 65)] {
      #expect(throws: RecogniserProblem.grammarName(String(name.prefix(64)))) { try decoder.load(grammar: name) }
    }
    #expect(throws: RecogniserProblem.self) { try decoder.load(grammar: "nothing") }
    try decoder.load(grammar: "yes_no")
    #expect(decoder.accepts(["yes"], grammar: "yes_no") && !decoder.accepts(["yes", "yes", "yes"], grammar: "yes_no"))
    #expect(!decoder.accepts(["yes"], grammar: "digits10") && !decoder.accepts([], grammar: "yes_no"))
  }

  /// A grammar with a word that the dictionary lacks is refused, and the decoder still hears.
  @Test func unknownWord() throws {
    let copy = FileManager.default.temporaryDirectory.appending(path: "unknown-\(getpid())")
    try FileManager.default.copyItem(at: URL(filePath: try Studio.vocabulary()), to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    try "#JSGF V1.0;\ngrammar x;\npublic <x> = xylophones;\n".write(to: copy.appending(path: "x.gram"), atomically: true, encoding: .utf8)
    let decoder = try Decoder(Model(vocabulary: copy.path))
    #expect(throws: RecogniserProblem.self) { try decoder.load(grammar: "x") }
    let recogniser = try #require(Recogniser(decoder, rate: 16_000, silenceMs: 600))
    #expect(recogniser.hear(Studio.say("Yes please."), rate: 16_000).text == "yes please")
  }

  /// The pool lends no more than its limit, and takes back.
  @Test func pool() throws {
    let pool = DecoderPool(limit: 2, spares: 1)
    let model = Model(vocabulary: try Studio.vocabulary())
    try pool.warm(model)
    let one = try pool.lend(model)
    let other = try pool.lend(model)
    #expect(throws: RecogniserProblem.tooManyDecoders(2)) { try pool.lend(model) }
    pool.giveBack(one)
    let third = try pool.lend(model)
    #expect(third !== one && third !== other)
    #expect(throws: RecogniserProblem.self) { try DecoderPool(limit: 1, spares: 1).lend(Model(vocabulary: "/nowhere")) }
  }
}
