// Why an answer of the dialect is no success.

import OpenAIWire
import PluginKit
import Vox

extension HTTPReply {
  /// Nil when it is one.
  var failure: ProviderError? {
    guard let head, !head.isSuccess else { return nil }
    return named(
      OpenAIError.answered(
        status: head.status, body: problem, retryAfter: head.headers["retry-after"], retryAfterMs: head.headers["retry-after-ms"]))
  }
}
