// Secrets: found where the configuration says, and shown to nobody.

import Base
import CommonHarness
import Foundation
import Testing

@testable import Config

@Suite struct SecretTests {
  private let folder = Scratch()

  private func refusal(_ text: String) -> String? {
    guard let reference = SecretReference(text) else { return nil }
    return #expect(throws: Problem.self) { try reference.resolve(relativeTo: folder.path, masker: Masker()) }?.message
  }

  /// A secret shows nothing of itself, however it is printed.
  @Test func neverPrints() {
    let secret = Secret("sk-12345")
    var dumped = ""
    dump(["key": secret], to: &dumped)
    #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("12345"))
    #expect(secret.reveal { $0 } == "sk-12345")
  }

  /// A secret file is read without its last newline if nobody else can read it; otherwise the sentence says what to run.
  @Test func files() throws {
    try folder.write("key", "sk-12345\n")
    let path = folder.path + "/key"
    chmod(path, 0o600)
    for text in ["file:key", "file:\(path)"] {
      let masker = Masker()
      let secret = try #require(SecretReference(text)).resolve(relativeTo: folder.path, masker: masker)
      #expect(secret.reveal { $0 } == "sk-12345")
      #expect(masker.mask("header sk-12345, twice sk-12345") == "header •••, twice •••")
    }
    chmod(path, 0o640)
    #expect(refusal("file:key")?.contains("chmod 600 \(path)") == true)
    #expect(refusal("file:none")?.contains("No such file") == true)
    #expect(refusal("file:.")?.contains("not a regular file") == true)
    try folder.write("short", "abc\n")
    chmod(folder.path + "/short", 0o600)
    #expect(refusal("file:short")?.contains("fewer than") == true)
  }

  /// A secret comes from the environment, and a variable that is not set is named.
  @Test func environment() throws {
    let home = try #require(getenv("PATH").map { String(cString: $0) })
    let secret = try #require(SecretReference("env:PATH")).resolve(relativeTo: "/", masker: Masker())
    #expect(secret.reveal { $0 } == home)
    #expect(refusal("env:NOT_SET_ANYWHERE")?.contains("NOT_SET_ANYWHERE is not set") == true)
  }

  /// A value that is no reference is refused without being repeated, since it may be the secret.
  @Test func secretInPlace() {
    let loaded = ConfigFile.read(text: "secret: sk-12345\nother: 'env:'\nthird: env:A-B", path: "f") { fields in
      for key in ["secret", "other", "third"] { _ = fields.field(key)?.secret() }
    }
    #expect(loaded.problems.count == 3)
    #expect(!loaded.problems.map(\.description).joined().contains("sk-12345"))
  }

  /// Of two secrets, one beginning with the other, neither leaves a tail.
  @Test func overlappingSecrets() {
    let masker = Masker()
    masker.add(Secret("abcd"))
    masker.add(Secret("abcdefgh"))
    #expect(masker.mask("x abcdefgh y abcd") == "x ••• y •••")
  }
}
