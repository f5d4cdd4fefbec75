// The answer to "which voices are there".

import ChatterboxWire
import PluginKit
import Vox

/// A VOICES op and the request that serves it.
final class Listing {
  private static let limit = 64 << 10

  let op: Op
  private var head: HTTPHead?
  private var body: [UInt8] = []

  init(_ op: Op) { self.op = op }

  /// True when the op is over.
  func http(_ event: HTTPEvent) -> Bool {
    switch event.what {
    case .head(let head): self.head = head
    case .body(let bytes): if body.count <= Self.limit { body += bytes }
    case .failed(let error):
      op.failed(error)
      return true
    case .done:
      finish()
      return true
    }
    return false
  }

  private func finish() {
    guard let head else { return op.failed(Errors.cutShort) }
    let text = String(decoding: body, as: UTF8.self)
    guard head.isSuccess else {
      return op.failed(Errors.answered(head.status, text, retryAfter: head.headers["retry-after"], isRunPod: false))
    }
    do throws(ProviderError) {
      op.completed(VoiceList.result(try VoiceList.names((try? JSONValue(parsing: text)) ?? .null), rate: 24_000))
    } catch {
      op.failed(error)
    }
  }
}
