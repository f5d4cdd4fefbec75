// The tokens that a completion cost.

import Vox

/// Source: platform.openai.com, "Chat Completions", object `usage`: what came from the cache is a part of the prompt, thinking a part of the
/// completion.
public struct Usage: Sendable, Equatable {
  /// Of the prompt, without what came from the cache.
  public var input = 0
  public var cached = 0
  public var output = 0
  /// The server told it.
  public var isTold = false

  public init() {}

  init?(_ json: JSONValue?) {
    guard let json, let prompt = Self.count(json["prompt_tokens"]) else { return nil }
    cached = min(Self.count(json["prompt_tokens_details"]?["cached_tokens"]) ?? 0, prompt)
    input = prompt - cached
    output = Self.count(json["completion_tokens"]) ?? 0
    isTold = true
  }

  private static func count(_ value: JSONValue?) -> Int? { value?.int.flatMap { (0...1_000_000_000).contains($0) ? $0 : nil } }
}
