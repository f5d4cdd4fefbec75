// What a failure means: for the piece of work, and for the health of whoever failed.

public import Base

/// The failure of an attempt, reduced to what decides: class, scope, side effects, and when the vendor wants to be asked again.
///
/// Two questions are answered here and nowhere else. For the work: may the same be tried again (`mayRepeat`)? For health: whom does
/// it count against (`reach`), and is one such failure enough (`isDecisive`)?
public struct Failure: Error, Equatable, Sendable {
  /// Whose health a failure counts against.
  public enum Reach: Equatable, Sendable {
    /// Nobody's: the request was wrong, its content was refused, the caller left, or a worker died. The tenant is told, nothing more.
    case nobody
    /// The account's: others with another credential go on.
    case account
    /// The provider's: all accounts at once.
    case provider
  }

  public var errorClass: Problem.Class
  public var scope: Problem.Scope
  public var effects: Problem.Effects
  /// Milliseconds, as the vendor told them; nil when it did not.
  public var retryAfterMs: Int?
  /// It came in the middle of work that had begun well. `Attempts` knows that and sets it.
  public var isCut = false

  public init(
    _ errorClass: Problem.Class, scope: Problem.Scope = .op, effects: Problem.Effects = .none, retryAfterMs: Int? = nil
  ) {
    self.errorClass = errorClass
    self.scope = scope
    self.effects = effects
    self.retryAfterMs = retryAfterMs
  }

  /// The deciding part of an error value.
  public init(_ problem: Problem) {
    self.init(problem.errorClass, scope: problem.scope, effects: problem.effects, retryAfterMs: problem.retryAfterMs)
  }

  /// No connection within its deadline. Nothing was asked yet, so nothing can have taken effect; and whoever cannot be reached by one
  /// call is not reached by the next one, so it speaks for the whole account.
  public static let unreached = Failure(.timeout, scope: .account)
  /// Connected and then silent past a deadline: perhaps this one request alone was slow, and perhaps it was carried out.
  public static let silent = Failure(.timeout, effects: .maybe)
  /// Said that it was done and brought nothing, though something was asked for.
  public static let empty = Failure(.internal, effects: .maybe)

  /// Whether the same request to the same account may succeed when it is made again.
  public var mayRepeat: Bool {
    switch errorClass {
    case .auth, .quota, .invalid, .refused, .caller: false
    case .rate, .overloaded, .unavailable, .timeout, .internal, .crashed: true
    }
  }

  /// A credential, a spent quota and a rate are one account's own, whatever scope the plugin gave: a tenant's wrong key must never
  /// take a provider away from others.
  public var reach: Reach {
    switch errorClass {
    case .invalid, .refused, .caller: .nobody
    case .auth, .quota, .rate: .account
    // A worker's death ends all its sessions at once, which is one mishap, and its supervisor decides whether another is trusted.
    case .crashed where scope == .session: .nobody
    case .overloaded, .unavailable, .timeout, .internal, .crashed: scope == .provider ? .provider : .account
    }
  }

  /// One such failure is enough to eject: it will meet the next call as well. Others are weighed against what else the account did.
  public var isDecisive: Bool {
    switch errorClass {
    case .auth, .quota, .rate: true
    case .unavailable: !isCut || scope == .account || scope == .provider
    case .overloaded: scope == .account || scope == .provider || retryAfterMs != nil
    case .timeout, .internal, .crashed: scope == .account || scope == .provider
    case .invalid, .refused, .caller: false
    }
  }
}
