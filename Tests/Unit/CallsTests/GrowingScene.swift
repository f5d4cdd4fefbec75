// A call whose first voice takes a text while it is being written.

import Journal
import Tenants
import Vox

extension World {
  /// Two voices and two models, and no answer is begun early; the first voice takes growing texts.
  static func growing(_ agent: (inout Agent) -> Void = { _ in }) throws -> World {
    let world = try World(providers: ["line", "ears", "mind", "mind2", "voice", "voice2", "hands"]) {
      $0.turnTaking.preemptiveGeneration = false
      $0.chains[.tts] = Chain(["voice", "voice2"].map { Chain.Link(provider: $0) })
      $0.chains[.llm] = Chain(["mind", "mind2"].map { Chain.Link(provider: $0) })
      agent(&$0)
    }
    world.stage.traitsOf["voice"] = ["text_grows": true]
    return world
  }

  /// Who was tried in a role and what became of it, in the order in which the tries ended.
  func attempts(_ role: String) -> [String] {
    facts(Fact.Attempt.self).filter { $0.role == role }.map { "\($0.provider) \($0.outcome)" }
  }
}

extension Agent {
  /// Models may take their time; the caller hears `filler` meanwhile, if there is one.
  mutating func waitsForModels(filler: String? = nil, afterMs: Int = 1500) {
    chains[.llm]?.deadlines = Chain.ChosenDeadlines(firstOutputMs: 20_000, stallMs: 20_000)
    fillers.lines = filler.map { [$0] } ?? []
    fillers.afterMs = afterMs
  }
}
