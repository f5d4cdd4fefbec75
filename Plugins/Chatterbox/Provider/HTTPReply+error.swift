// Why an answer of the server's is no success.

import ChatterboxWire
import PluginKit
import Vox

extension HTTPReply {
  /// What it means; only for one that is no success.
  var error: ProviderError {
    named(ChatterboxError.answered(status: head?.status ?? 0, body: problem, retryAfter: head?.headers["retry-after"]))
  }
}
