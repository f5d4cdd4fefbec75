// What a provider can do: the manifest's upper bound, narrowed by the account and by the session.

public import Vox

/// Capabilities as JSON with typed access. See each role's header for the names.
public struct Traits: Hashable, Sendable {
  public private(set) var json: JSONValue

  public init(_ json: JSONValue) { self.json = json }

  public func bool(_ name: String) -> Bool { json[name]?.bool ?? false }
  public func int(_ name: String) -> Int? { json[name]?.int }
  public func string(_ name: String) -> String? { json[name]?.string }
  public func ints(_ name: String) -> [Int] { (json[name]?.array ?? []).compactMap(\.int) }
  public func strings(_ name: String) -> [String] { (json[name]?.array ?? []).compactMap(\.string) }

  /// These traits with those of a later report laid over them.
  public func narrowed(by later: JSONValue) -> Traits { Traits(json.merging(later)) }

  /// The best common rate: `wanted` itself when the provider has it, else its first preference, else `wanted`. Rates at which no
  /// sound is carried are not counted.
  public func rate(_ name: String, wanted: Int) -> Int {
    let rates = ints(name).filter((8000...48_000).contains)
    return rates.contains(wanted) ? wanted : rates.first ?? wanted
  }
}
