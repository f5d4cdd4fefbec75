// The tokens that a message cost, to the unit that is billed.

public import Vox

/// Tokens of one message or of several. Source: docs.anthropic.com, "Streaming Messages" and "Prompt caching": the numbers of a stream are
/// cumulative and overwrite each other; the whole input is `input` + `written5m` + `written1h` + `read`.
public struct Usage: Sendable, Equatable {
  /// Input that neither came from the cache nor went into it.
  public var input = 0
  /// Input written to the cache for five minutes, and for an hour: dearer than input.
  public var written5m = 0
  public var written1h = 0
  /// Input read from the cache: cheaper than input.
  public var read = 0
  /// Thinking included.
  public var output = 0

  public init() {}

  /// Takes over what `message_start` or a later `message_delta` says; a number that is absent stands as it was.
  public mutating func take(_ json: JSONValue) {
    input = Self.count(json["input_tokens"]) ?? input
    read = Self.count(json["cache_read_input_tokens"]) ?? read
    output = Self.count(json["output_tokens"]) ?? output
    if let hour = Self.count(json["cache_creation"]?["ephemeral_1h_input_tokens"]) { written1h = hour }
    // The total comes without its parts later on, and they do not change any more.
    if let written = Self.count(json["cache_creation_input_tokens"]) { written5m = max(0, written - written1h) }
  }

  public static func + (a: Usage, b: Usage) -> Usage {
    var sum = a
    sum.input += b.input
    sum.written5m += b.written5m
    sum.written1h += b.written1h
    sum.read += b.read
    sum.output += b.output
    return sum
  }

  /// A billion tokens are no answer's; sums of such counts cannot overflow.
  private static func count(_ value: JSONValue?) -> Int? { value?.int.flatMap { (0...1_000_000_000).contains($0) ? $0 : nil } }
}
