// Where the files of these tests lie.

import Dialogue
import FoundationEssentials

enum Place {
  static let here = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex))

  static func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: here + "/" + name)), as: UTF8.self)
  }

  /// The recorded conversations; empty when the folder cannot be read, which `GoldenTests.present` would notice.
  static let golden =
    (try? FileManager.default.contentsOfDirectory(atPath: here + "/Golden").filter { $0.hasSuffix(".txt") }.sorted()) ?? []

  /// The flow of the demo business: what ships is what is tested.
  static func demo() throws -> Flow { try demoFlow.get() }

  private static let demoFlow = Result { try Flow(yaml: try text("../../../deploy/demo/flow.yaml"), file: "flow.yaml") }
}

extension Place {
  private static let dictionaryPath = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"

  static var hasDictionary: Bool { FileManager.default.fileExists(atPath: dictionaryPath) }

  static func dictionary() throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: dictionaryPath))) }
}
