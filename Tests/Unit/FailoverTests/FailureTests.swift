// What each class, scope and side effect of a failure means.

import Base
import Failover
import Testing

@Suite struct FailureTests {
  /// A wrong key, a spent quota and a rate are the account's alone, even when a plugin claims that they are the provider's.
  @Test(arguments: [Problem.Class.auth, .quota, .rate])
  func ownFaultsStayWithTheAccount(_ errorClass: Problem.Class) {
    #expect(Failure(errorClass, scope: .provider).reach == .account)
    #expect(Failure(errorClass).isDecisive)
  }

  /// An outage with the provider's scope reaches all its accounts; the same failure of one op only its own.
  @Test(arguments: [Problem.Class.overloaded, .unavailable, .timeout, .internal, .crashed])
  func outages(_ errorClass: Problem.Class) {
    #expect(Failure(errorClass, scope: .provider).reach == .provider)
    #expect(Failure(errorClass, scope: .provider).isDecisive)
    #expect(Failure(errorClass, scope: .op).reach == .account)
    #expect(Failure(errorClass).mayRepeat)
  }

  /// A worker's death ends many sessions at once and counts against nobody: whether another worker is trusted, its supervisor decides.
  @Test func deadWorker() {
    let death = Failure(.crashed, scope: .session)
    #expect(death.reach == .nobody && !death.isDecisive && death.mayRepeat)
  }

  /// A wrong request, refused content and a caller who left count against nobody and are not made again.
  @Test(arguments: [Problem.Class.invalid, .refused, .caller])
  func nobodysFault(_ errorClass: Problem.Class) {
    for scope in Problem.Scope.allCases {
      let failure = Failure(errorClass, scope: scope)
      #expect(failure.reach == .nobody && !failure.isDecisive && !failure.mayRepeat)
    }
  }

  /// A connection that breaks before any output means the next call too; one that breaks in the middle is weighed.
  @Test func cuts() {
    var cut = unavailable
    #expect(cut.isDecisive)
    cut.isCut = true
    #expect(!cut.isDecisive)
  }

  /// Every class has a meaning, and what may not be repeated never fails for good by waiting.
  @Test func everyClass() {
    let repeatable = Problem.Class.allCases.filter { Failure($0).mayRepeat }
    #expect(repeatable == [.rate, .overloaded, .unavailable, .timeout, .internal, .crashed])
  }

  /// The deciding part of an error value is taken over whole.
  @Test func fromProblem() {
    let problem = Problem(.rate, scope: .account, effects: .maybe, "slow down", retryAfterMs: 1200)
    #expect(Failure(problem) == Failure(.rate, scope: .account, effects: .maybe, retryAfterMs: 1200))
  }
}
