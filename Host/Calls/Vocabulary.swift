// What callers of an agent may say, as the model's plugin has worked it out for the recogniser.

public import Vox

/// The result of a VOCABULARY op: see `vox/roles/llm.h`.
public struct Vocabulary: Sendable, Hashable {
  /// A digest of the content.
  public let id: String
  /// Where the files lie; empty when there are none.
  public let directory: String
  public let keyterms: [String]

  public init(id: String, directory: String, keyterms: [String]) {
    self.id = id
    self.directory = directory
    self.keyterms = keyterms
  }

  public var json: JSONValue {
    ["id": .string(id), "directory": .string(directory), "keyterms": .array(keyterms.map(JSONValue.string))]
  }
}
