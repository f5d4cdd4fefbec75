// The machines that are broken on purpose, to see that somebody notices.

/// A deliberately broken machine.
public enum Flaw: String, CaseIterable, Sendable {
  case watermarkOffByOne, twoTerminals, staleOutput, neverHalfOpens, keyErrorEjectsAll, forbiddenBackup, loserGoesOn, toolTwice
  case spliceAtGenerated, ownerlessSilence

  /// What lies between the engine and a world in which this is broken.
  func border() -> Border {
    switch self {
    case .watermarkOffByOne: WatermarkOffByOne()
    case .twoTerminals: TwoTerminals()
    case .staleOutput: StaleOutput()
    case .neverHalfOpens: NeverHalfOpens()
    case .keyErrorEjectsAll: KeyErrorEjectsAll()
    case .forbiddenBackup: ForbiddenBackup()
    case .loserGoesOn: LoserGoesOn()
    case .toolTwice: ToolTwice()
    case .spliceAtGenerated: SpliceAtGenerated()
    case .ownerlessSilence: OwnerlessSilence()
    }
  }

  /// Whether an invariant is one that the flaw breaks; another one would have been violated for another reason.
  public func isNoticed(by id: String) -> Bool {
    switch self {
    case .watermarkOffByOne: id == "I2"
    case .twoTerminals: id == "L11"
    case .staleOutput, .spliceAtGenerated: id == "I3"
    case .neverHalfOpens, .keyErrorEjectsAll: id == "I9"
    case .forbiddenBackup: id == "I8"
    case .loserGoesOn: id == "L11" || id == "I10b"
    case .toolTwice: id == "I6"
    case .ownerlessSilence: id == "I7"
    }
  }
}
