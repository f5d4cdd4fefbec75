// Looks into a plugin's library in a process that may die of it.

import ArgumentParser
import Glibc
import Loader
import Terminal
import Vox

/// `patchbay inspect-library`: opens a library in this process and prints what it found as one line of JSON. Started by
/// `Inspection` alone.
struct InspectLibrary: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "inspect-library", shouldDisplay: false)

  @Argument var library: String
  @Option var package = ""

  func run() throws {
    // What the library prints while it is opened must not be taken for the answer.
    let answer = dup(1)
    dup2(2, 1)
    var found: JSONValue
    do {
      found = ["manifest": try Library.open(library, package: package).manifest.json]
    } catch {
      found = ["code": .string(error.code), "reason": .string(error.message), "missing": .bool(error.cls == .unavailable)]
    }
    found = found.merging(["inspection": 1])
    fflush(nil)
    let line = Array((found.text + "\n").utf8)
    _ = write(answer, line, line.count)
  }
}

/// What a library says of itself, or why it cannot be used.
enum Inspection: Sendable {
  case manifest(Manifest)
  case refused(ProviderError)

  /// Opening a library takes milliseconds; one that takes so long hangs.
  private static let deadlineMs = 10_000

  /// Opens `library` in a process made for it, which a broken one may take down.
  static func of(_ library: String, package: String) -> Inspection {
    do throws(Stop) {
      let child = try Child(["inspect-library", "--package", package, "--", library])
      let isInTime = child.wait(.after(ms: deadlineMs))
      let line = child.text.split(separator: "\n").last { $0.hasPrefix("{") && $0.contains("\"inspection\":1") }
      guard let line, let found = try? JSONValue(parsing: String(line)) else {
        let how = isInTime ? child.death : "it did not come back within \(deadlineMs / 1000) s"
        return .refused(ProviderError(.crashed, "\(library) cannot be opened: \(how); rebuild it, or remove its file", code: "crashed"))
      }
      return Inspection(found, library)
    } catch {
      return .refused(ProviderError(.internal, error.sentence))
    }
  }

  private init(_ found: JSONValue, _ library: String) {
    guard let json = found["manifest"] else {
      let cls = found["missing"]?.bool == true ? ErrorClass.unavailable : .invalid
      self = .refused(ProviderError(cls, found["reason"]?.string ?? "", code: found["code"]?.string ?? ""))
      return
    }
    do { self = .manifest(try Manifest(json.text)) } catch { self = .refused(error) }
  }
}
