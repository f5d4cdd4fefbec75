// How `plugins check` is given secrets.

import Glibc
import Terminal
import Testing

@testable import Commands

struct CheckSecretsTests {
  /// A place is fetched under its name; a secret that stands on the command line itself is refused and not repeated.
  @Test func places() throws {
    setenv("CHECK_SECRETS_TEST", "long enough", 1)
    #expect(try CheckSecrets.resolve(["api_key=env:CHECK_SECRETS_TEST"]) == ["api_key": "long enough"])
    #expect(try CheckSecrets.resolve([]).isEmpty)
    for word in ["api_key=sk-secret", "api_key", "=env:X"] {
      let stop = #expect(throws: Stop.self) { try CheckSecrets.resolve([word]) }
      #expect(stop?.code == .usage)
      #expect(stop?.sentence.contains("sk-secret") == false)
    }
    let missing = #expect(throws: Stop.self) { try CheckSecrets.resolve(["api_key=env:CHECK_SECRETS_MISSING"]) }
    #expect(missing?.code == .config)
  }
}
