// Keeps secrets out of everything that is written for people.

import Synchronization

/// The register of every secret the host holds. What a plugin says for people, in its log or in an error, passes through `mask` where it
/// enters the host, and so reaches no log, book or page with a secret in it.
public final class Masker: Sendable {
  private let known = Mutex<[String]>([])

  public init() {}

  /// From now on `secret` is masked. Callable from any thread.
  public func add(_ secret: Secret) {
    secret.reveal { value in
      known.withLock { known in
        guard !value.isEmpty, !known.contains(value) else { return }
        known.append(value)
        // The longest first, so that a secret that begins with another one leaves no tail.
        known.sort { $0.utf8.count > $1.utf8.count }
      }
    }
  }

  /// `text` with every registered secret replaced. Callable from any thread.
  public func mask(_ text: String) -> String {
    let known = known.withLock { $0 }
    return known.reduce(text) { text, secret in text.contains(secret) ? text.replacing(secret, with: "•••") : text }
  }
}
