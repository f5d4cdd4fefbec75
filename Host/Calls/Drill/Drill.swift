// A fault played to one call, so that a tenant hears what their callers would hear.

public import Base
public import Vox

/// One provider that fails in one way, in one call alone. The provider itself serves and knows nothing of it: what it says is kept back.
public struct Drill: Hashable, Sendable {
  /// The ways to fail, as the fault matrix names them.
  public enum Fault: String, CaseIterable, Sendable {
    /// It cannot be reached, and says so; or never says anything.
    case refuse
    case blackHole = "black_hole"
    /// It takes the work, and nothing comes.
    case silence
    /// It breaks off in the middle.
    case cut
    /// It is done, and has brought nothing; or brings what nobody can read.
    case empty, garbage
    /// The vendor's answers 401, 402, 429, 503 and 529.
    case auth, quota, rate, unavailable, overloaded
  }

  public let role: Role
  public let provider: String
  public let fault: Fault

  public init(_ role: Role, _ provider: String, _ fault: Fault) {
    self.role = role
    self.provider = provider
    self.fault = fault
  }

  /// Reads `tts/NAME=cut`.
  public init(_ text: String) throws(Problem) {
    func refuse(_ why: String) -> Problem {
      Problem(.invalid, "'\(text)' \(why); write ROLE/PROVIDER=FAULT, as in tts/flite=cut, with one of these faults: \(Self.faults)")
    }
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    let place = sides.first?.split(separator: "/", omittingEmptySubsequences: false) ?? []
    guard sides.count == 2, place.count == 2, !place[1].isEmpty else { throw refuse("is no fault of a provider") }
    guard let role = Self.roles.first(where: { $0.name == place[0] }) else {
      throw refuse("names the role '\(place[0])', which is none of \(Self.roles.map(\.name).joined(separator: ", "))")
    }
    guard let fault = Fault(rawValue: String(sides[1])) else { throw refuse("names no fault that can be played") }
    self.init(role, String(place[1]), fault)
  }

  private static let roles: [Role] = [.stt, .llm, .tts, .tool]
  private static let faults = Fault.allCases.map(\.rawValue).joined(separator: ", ")

  /// As it is written.
  public var text: String { "\(role.name)/\(provider)=\(fault.rawValue)" }
}
