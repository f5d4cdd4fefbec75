// A language model of the simulated world: every model has the same answer to the same question.

import Base
import PluginABI
import Vox

/// What it answers is planned by the call, so that any other model can go on where one was cut off, and everybody can tell whether the
/// caller heard all of it.
final class SimulatedMind: SimulatedSession {
  override func begin(_ work: Work, _ request: vox_request, _ fault: Fault?) {
    let plan = call.plan(for: request.body.bytes, world)
    work.subject = "answer \(plan.first)"
    call.asked(plan, request.body.bytes, world)
    var next = plan.next(after: request.body.bytes)
    if vendor?.beginsAgain == true { next = plan.first }
    var steps: [Step] = []
    var first = world.chance.some(vendor?.firstOutputMs ?? 100...200)
    if case .slow(let ms) = fault { first += ms }
    steps.append(.wait(first))
    for piece in plan.pieces where piece.last >= next {
      steps += written(piece.text(from: next))
      if world.chance.percent(10) { steps.append(.wait(world.chance.some(20...700))) }
    }
    if let tool = plan.tool { steps.append(.tool(tool)) }
    steps.append(.end(plan))
    switch fault {
    case .cut(let permille): steps = Array(steps.prefix(1 + (steps.count - 1) * permille / 1000)) + [.fail]
    case .garbage: steps = Array(steps.prefix(2)) + [.garble]
    case .empty: steps = [steps[0], .nothing]
    case .hangsUp: steps = Array(steps.prefix(2)) + [.leave]
    case .ignoresCancel: work.ignoresCancel = true
    case .twoTerminals: steps.append(.again)
    default: break
    }
    play(steps[...], work)
  }

  /// A piece as the model sends it: sometimes its beginning alone, be that a word or a part of one.
  private func written(_ text: String) -> [Step] {
    guard world.chance.percent(20) else { return [.text(text)] }
    let cut = text.index(text.startIndex, offsetBy: world.chance.some(1...min(6, text.count - 1)))
    return [.text(String(text[..<cut])), .wait(world.chance.some(1...300)), .text(String(text[cut...]))]
  }

  private enum Step {
    case wait(Int), text(String), tool(Int), end(Plan), fail, garble, nothing, leave, again
  }

  private func play(_ steps: ArraySlice<Step>, _ work: Work) {
    var rest = steps
    while let step = rest.popFirst() {
      // One that ignores its cancellation goes on talking; the host must not listen.
      guard !isClosed, !work.isOver || isAgain(step), !work.isCancelled || work.ignoresCancel else {
        world.border.unsaid(self, work, texts(of: steps))
        return
      }
      switch step {
      case .wait(let ms):
        let later = rest
        return after(ms) { [self] in play(later, work) }
      case .text(let words): text(work, words)
      case .tool(let number): call(work, tool: number)
      case .end(let plan):
        usage(work, "tokens_out", plan.last - plan.first + 1)
        completed(work, plan.result, isOutput: plan.acts)
      case .fail: failed(work, ProviderError(.unavailable, "\(name) broke off", effects: .maybe))
      case .garble: breakContract(work)
      case .nothing: completed(work)
      case .leave: hangUpSession()
      case .again: sayAgain(work)
      }
    }
  }

  private func isAgain(_ step: Step) -> Bool { if case .again = step { true } else { false } }

  private func texts(of steps: ArraySlice<Step>) -> [String] { steps.compactMap { if case .text(let text) = $0 { text } else { nil } } }

  private func call(_ work: Work, tool number: Int) {
    withView("{\"n\": \(number)}") { arguments in
      var event = vox_ev_tool()
      event.h = head(vox_ev_tool.self, .toolCall, work)
      event.id = vox_view("t")
      event.name = vox_view("look")
      event.arguments = arguments
      work.note(emit(&event), at: now)
    }
  }

  override func letGo(_ work: Work) { usage(work, "tokens_out", 3) }
}
