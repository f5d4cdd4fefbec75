// Why an answer of the vendor's is no success.

import DeepgramWire
import PluginKit
import Vox

extension HTTPReply {
  /// What it means; only for one that is no success.
  var error: ProviderError {
    DeepgramError.answered(
      status: head?.status ?? 0, body: problem, told: head?.headers["dg-error"], retryAfter: head?.headers["retry-after"],
      requestID: head?.headers["dg-request-id"])
  }
}
