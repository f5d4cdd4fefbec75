// Why an answer of the dialect is no success.

import OpenAIWire
import PluginKit
import Vox

extension HTTPReply {
  /// What it means; only for one that is no success.
  var error: ProviderError {
    named(
      OpenAIError.answered(
        status: head?.status ?? 0, body: problem, retryAfter: head?.headers["retry-after"], retryAfterMs: head?.headers["retry-after-ms"]))
  }

  /// The same of any answer; nil when it is a success, or none has come.
  var failure: ProviderError? { head == nil || isSuccess ? nil : error }
}
