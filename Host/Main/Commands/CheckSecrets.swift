// The secrets that `plugins check` gives to the plugin it tries.

import Base
import Config
import Terminal

enum CheckSecrets {
  /// Fetches `name=env:NAME` and `name=file:/path`; the command line holds places alone, as any user of the machine may read it.
  static func resolve(_ words: [String]) throws(Stop) -> [String: String] {
    var secrets: [String: String] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let place = SecretReference(String(parts[1])) else {
        throw Stop(.usage, "--secret is name=env:NAME or name=file:/path; the secret itself does not belong on the command line")
      }
      do throws(Problem) {
        secrets[String(parts[0])] = try place.resolve(relativeTo: ".", masker: Masker()).reveal { $0 }
      } catch { throw Stop(.config, error.message) }
    }
    return secrets
  }
}
