// A language model of the puppet: plays the steps that the script gives for each request.

import PluginKit
import Vox

final class PuppetMind: PuppetSession, Session {
  func start(_ op: Op, _ request: Request) throws {
    let chat = ChatRequest(json: request.body)
    stage.requests.append((now, chat))
    stage.asked.append(name)
    play((stage.minds[name] ?? stage.think)(chat)[...], op, words: 0)
  }

  private func play(_ steps: ArraySlice<Stage.Step>, _ op: Op, words: Int) {
    guard !op.isCancelled, let step = steps.first else { return }
    let rest = steps.dropFirst()
    switch step {
    case .wait(let ms): after(ms) { [self] in play(rest, op, words: words) }
    case .text(let text):
      op.text(text, index: words)
      play(rest, op, words: words + 1)
    case .tool(let id, let name, let arguments):
      op.toolCall(id: id, name: name, arguments: arguments)
      play(rest, op, words: words)
    case .usage(let tokens):
      op.usage("tokens_out", UInt64(tokens))
      play(rest, op, words: words)
    case .end(let result):
      stage.chatEnds.append("completed")
      op.completed(result)
    case .fail(let error):
      stage.chatEnds.append("failed")
      op.failed(error)
    case .hang: break
    case .endTwice:
      op.completed(["stop": "end"])
      after(50) { [self] in stage.lateAnswers.append("\(op.text("too late"))") }
    }
  }

  func cancel(_ op: Op, reason: Reason) {
    stage.chatEnds.append("cancelled")
    op.usage("tokens_out", 3)
  }
}
