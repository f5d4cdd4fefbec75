// A tool of the puppet: does what the script says.

import PluginKit
import Vox

final class PuppetHands: PuppetSession, Session {
  func start(_ op: Op, _ request: Request) throws {
    let name = request.body["name"]?.string ?? ""
    let arguments = request.body["arguments"] ?? .null
    stage.performed.append((name, arguments, request.idempotencyKey))
    let result = stage.perform(name, arguments)
    if let progress = result.progress { op.text(progress, kind: .progress) }
    guard !result.isMute else { return }
    after(result.afterMs) {
      guard !op.isCancelled else { return }
      op.usage("requests", 1)
      if let error = result.error { op.failed(error) } else { op.completed(result.json) }
    }
  }

  func cancel(_ op: Op, reason: Reason) { stage.toolCancels += 1 }
}
