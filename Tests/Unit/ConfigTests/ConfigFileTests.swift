// Strict reading: what is accepted, what is refused, and with which sentence.

import Base
import CommonHarness
import Foundation
import Testing
import Vox

@testable import Config

/// What a file says about its mistakes, without the file's name.
private func mistakes(_ text: String, _ body: (Fields) -> Void) -> [String] {
  ConfigFile.read(text: text, path: "f", body).problems.map { String($0.description.dropFirst(1)) }
}

@Suite struct ConfigFileTests {
  private enum Colour: String, CaseIterable { case red, green }

  /// Values of every kind are read as they are written.
  @Test func accepts() throws {
    let text = """
      name: "007"
      count: 12
      share: 0.25
      on: false
      colour: green
      words: [no, "true", 3]
      nested: {deep: {deeper: 1}}
      """
    let loaded = ConfigFile.read(text: text, path: "f") { fields in
      #expect(fields.text("name") == "007")
      #expect(fields.integer("count", 0...100) == 12)
      #expect(fields.number("share", 0...1, default: 0) == 0.25)
      #expect(fields.flag("on", default: true) == false)
      #expect(fields.choice("colour", default: Colour.red) == .green)
      #expect(fields.texts("words", 1...5, default: []) == ["no", "true", "3"])
      #expect(fields.fields("nested") { $0.fields("deep") { $0.integer("deeper", 0...9) } } == 1)
      #expect(fields.text("absent", default: "d") == "d")
      return fields.integer("absent too", 0...9, default: 4)
    }
    #expect(loaded.problems.isEmpty)
    #expect(loaded.value == 4)
  }

  /// All mistakes of a file come together, each with line, field, what was expected and what was found.
  @Test func reportsEverything() {
    let text = """
      name: [a]
      count: soon
      huge: 101
      on: yes
      colour: blue
      nested:
        deep: 1
        depe: 2
      extra: 1
      """
    let loaded = ConfigFile.read(text: text, path: "dir/f.yaml") { fields in
      _ = fields.text("name")
      _ = fields.integer("count", 0...100)
      _ = fields.integer("huge", 0...100, default: 1)
      _ = fields.flag("on", default: true)
      _ = fields.choice("colour", default: Colour.red)
      fields.fields("nested") { _ = $0.text("deep") }
      _ = fields.text("missing")
    }
    #expect(loaded.value == nil)
    #expect(
      loaded.problems.map(\.description) == [
        "dir/f.yaml:1: name: expected text, found a list",
        "dir/f.yaml:1: missing: missing; expected text",
        "dir/f.yaml:2: count: expected a whole number from 0 to 100, found 'soon'",
        "dir/f.yaml:3: huge: expected a whole number from 0 to 100, found '101'",
        "dir/f.yaml:4: on: expected true or false, found 'yes'",
        "dir/f.yaml:5: colour: expected red, green, found 'blue'",
        "dir/f.yaml:8: nested.depe: unknown key; did you mean 'deep'?",
        "dir/f.yaml:9: extra: unknown key; known here: colour, count, huge, missing, name, nested, on",
      ])
  }

  /// Numbers that only look like numbers, quoted numbers and quoted flags are not taken for them.
  @Test(arguments: ["\"5\"", "5.0", "0x5", "1e1", "+5", "five", "[5]", "{a: 5}", "99999999999999999999"])
  func refusesIntegers(value: String) {
    #expect(mistakes("n: \(value)") { _ = $0.integer("n", 0...9) }.count == 1)
  }

  @Test(arguments: ["inf", "nan", "0x1p3", "\"0.5\"", "+0.5", "1.5", "-0.5", "."])
  func refusesNumbers(value: String) {
    #expect(mistakes("n: \(value)") { _ = $0.number("n", 0...1, default: 0) }.count == 1)
  }

  /// Text is bounded in bytes, an empty value counts as missing, and a list has its length.
  @Test func bounds() {
    #expect(mistakes("t: äöü") { _ = $0.text("t", 1...5) } == [":1: t: expected 1 to 5 bytes of text, found 6"])
    #expect(mistakes("t:") { _ = $0.text("t") } == [":1: t: missing; expected text"])
    #expect(ConfigFile.read(text: "t: ~", path: "f") { $0.text("t", default: "d") }.value == "d")
    #expect(mistakes("t: [1, 2]") { _ = $0.texts("t", 3...4, default: []) } == [":1: t: expected 3 to 4 values, found 2"])
    #expect(mistakes("t: {a: 1}") { _ = $0.field("t")?.entries(2...3) } == [":1: t: expected 2 to 3 entries, found 1"])
    #expect(mistakes("t: 1") { $0.fields("t") { _ in } } == [":1: t: expected a mapping of keys to values, found '1'"])
  }

  /// What is no mapping, no YAML, given twice, or cleverer than it should be, is refused with its line.
  @Test(arguments: [
    ("", "the file is empty"), ("- a", "expected a mapping"), ("a: [1", "not readable as YAML"), ("a: 1\n\tb: 2", "not readable as YAML"),
    ("a: 1\na: 2", "the key 'a' is given twice"), ("1: a\n\"1\": b", "the key '1' is given twice"), ("? [a]\n: 1", "a key must be a word"),
    ("a: &x 1\nb: *x", "anchors and aliases"), ("a: &x 1", "anchors and aliases"), ("a: *x", "not readable as YAML"),
    ("a: !!binary aGk=", "the tag"),
    ("a: !secret b", "the tag"), ("a: 1\n---\nb: 2", "not readable as YAML"),
    ("a: \(String(repeating: "[", count: 5000))", "nested more than 32 levels"),
    ("a: \(String(repeating: "[", count: 40))\(String(repeating: "]", count: 40))", "nested more than 32 levels"),
    ("a: \0", "not readable as YAML"),
  ])
  func refusesDocuments(text: String, sentence: String) {
    let found = mistakes(text) { _ = $0.field("a") }
    #expect(found.count == 1)
    #expect(found.first?.contains(sentence) == true, "\(found)")
  }

  /// A document that would grow to billions of values through its aliases is refused at once.
  @Test func aliasBomb() {
    var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for (name, before) in zip("bcdefghijk", "abcdefghij") {
      text += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ", "))]\n"
    }
    text += "? *k\n: 1\n"
    #expect(mistakes(text) { _ in }.first?.contains("anchors and aliases") == true)
  }

  /// However a file is cut or changed, reading it ends with a value or with problems; it never traps.
  @Test(arguments: 0..<6) func anyText(seed: UInt64) {
    let text = "name: \"a\"\ncount: 12 # c\nlist:\n  - {a: 1, b: [x, 'y']}\n  - !file z\ntext: |\n  one\n  two\nother: &q >-\n  *q\n"
    let seeds = Array("{}[]:,-?&*!|>'\"%@`#\n\t\0 ~aé".utf8)
    var random = Random(seed: seed)
    for _ in 0..<500 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        case 1: bytes.insert(seeds[Int.random(in: 0..<seeds.count, using: &random)], at: at)
        default: bytes.removeSubrange(at..<min(bytes.count, at + 3))
        }
      }
      let loaded = ConfigFile.read(text: String(decoding: bytes, as: UTF8.self), path: "f") { fields in
        _ = fields.field("list")?.json()
        return fields.text("name", default: "")
      }
      #expect((loaded.value == nil) == !loaded.problems.isEmpty)
    }
  }

  /// Settings become JSON by the rules of YAML 1.2: words that older readers take for flags stay words.
  @Test func json() {
    let text = "s: {a: yes, b: true, c: 1, d: -1.5e2, e: ~, f: '1', g: +41, h: 0x1f, i: [.5, 010], j: 1234567890123456789012}"
    let loaded = ConfigFile.read(text: text, path: "f") { $0.object("s") }
    #expect(
      loaded.value
        == [
          "a": "yes", "b": true, "c": 1, "d": .number(-150), "e": nil, "f": "1", "g": "+41", "h": "0x1f", "i": [0.5, 10],
          "j": .number(1.2345678901234568e21),
        ])
  }

  /// A schema's unsupported keyword, and a value that a schema does not allow, are reported at their own lines.
  @Test func schemas() {
    let text = """
      schema:
        type: object
        properties:
          day:
            type: string
            pattern: x
      value:
        day: 1
        days:
          - a
          - 2
      """
    #expect(
      mistakes(text) { fields in
        _ = fields.field("schema")?.schema()
        let allowed = try? JSONSchema(["type": "object", "properties": ["day": ["type": "string"], "days": ["items": ["type": "string"]]]])
        if let allowed { _ = fields.field("value")?.json(allowedBy: allowed) }
      } == [
        ":6: schema.properties.day.pattern: the keyword 'pattern' is not supported; remove it or describe it in words",
        ":8: value.day: expected string, found integer",
        ":11: value.days[1]: expected string, found integer",
      ])
  }
}

@Suite struct FilesOnDiskTests {
  private let folder = Scratch()

  /// `!file` puts another file's text in a value's place, and leaves neither the root nor the size that is read.
  @Test func includes() throws {
    try folder.write("inner/prompt.txt", "hello")
    try folder.write("outer.txt", "secret")
    try folder.write("inner/f.yaml", "a: !file prompt.txt\nb: !file ../outer.txt\nc: !file /etc/passwd\nd: !file none.txt")
    let inner = folder.path + "/inner"
    let loaded = ConfigFile.read(inner + "/f.yaml") { fields in
      #expect(fields.text("a") == "hello")
      for key in ["b", "c", "d"] { _ = fields.text(key) }
    }
    let named = ConfigFile.read(text: "a: !path prompt.txt", path: inner + "/f.yaml") { $0.text("a") }
    #expect(named.value?.hasSuffix("/inner/prompt.txt") == true && named.value?.hasPrefix("/") == true)
    #expect(loaded.problems.map(\.line) == [2, 3, 4])
    #expect(loaded.problems.map(\.message).joined().contains("secret") == false)
    #expect(loaded.problems[0].message.contains("outside"))
    let wider = ConfigFile.read(inner + "/f.yaml", root: folder.path) { fields in
      for key in ["a", "b", "c", "d"] { _ = fields.text(key) }
    }
    #expect(wider.problems.map(\.line) == [3, 4])
  }

  /// A file that is missing, a folder, a pipe, too large or not text is one sentence that names it.
  @Test func unreadableFiles() throws {
    try folder.write("large.yaml", "a: \(String(repeating: "x", count: 300_000))")
    try Data([0x61, 0x3A, 0xFF]).write(to: URL(filePath: folder.path + "/bytes.yaml"))
    #expect(mkfifo(folder.path + "/pipe.yaml", 0o600) == 0)
    for (name, sentence) in [
      ("none.yaml", "No such file"), ("", "not a regular file"), ("pipe.yaml", "not a regular file"), ("large.yaml", "at most"),
      ("bytes.yaml", "not UTF-8"),
    ] {
      let path = folder.path + "/" + name
      let loaded = ConfigFile.read(path) { _ in }
      #expect(loaded.problems.count == 1)
      #expect(loaded.problems.first?.message.contains(sentence) == true)
      #expect(loaded.problems.first?.file == path)
    }
  }
}
