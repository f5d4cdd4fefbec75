// Why an answer of the vendor's is no success.

import ClaudeWire
import PluginKit
import Vox

extension HTTPReply {
  /// What it means; only for one that is no success.
  var error: ProviderError {
    named(
      ClaudeError.answered(
        status: head?.status ?? 0, body: problem, retryAfter: head?.headers["retry-after"], retryAfterMs: head?.headers["retry-after-ms"]))
  }
}
