// The command: its name, its parts, and how it ends.

public import ArgumentParser
import Base
import Config
import Glibc
import Runtime
import Sound
import Terminal
import Vox

/// `patchbay`.
public struct Patchbay: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "patchbay", abstract: "A voice contact centre that is built as a plugin host.",
    discussion: "Start with `patchbay doctor`, then `patchbay serve`; `patchbay call --say \"Hello\"` talks to it.",
    version: Version.text,
    subcommands: [
      Serve.self, PlaceCall.self, Plugins.self, Chains.self, Calls.self, Doctor.self, InspectLibrary.self, ConformanceCase.self,
    ])

  public init() {}

  /// Runs the command of this process and ends it: 0 when all went well, otherwise the code of what stopped it, with one sentence
  /// on standard error.
  public static func launch() async -> Never {
    do {
      var command = try parseAsRoot()
      if var waiting = command as? any AsyncParsableCommand {
        try await waiting.run()
      } else {
        try command.run()
      }
      Glibc.exit(0)
    } catch let stop as Stop {
      if !stop.sentence.isEmpty { Screen.complain("patchbay: " + Screen.plain(stop.sentence)) }
      Glibc.exit(stop.code.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}

/// A failure of the control client as the reason to stop.
func stopping<Value>(_ body: () throws(ControlError) -> Value) throws(Stop) -> Value {
  do throws(ControlError) { return try body() } catch {
    throw Stop(error.kind == .interrupted ? .interrupted : .unavailable, error.sentence)
  }
}

extension Stop {
  /// A problem of the host or its configuration as the reason to stop.
  init(_ problem: Problem) {
    let code: Code =
      switch problem.code {
      case "state_in_use", "already_running", "port_in_use", "cannot_listen", "no_thread": .unavailable
      // What the operating system would not let be made or written.
      case let code where code == "state_folder" || code.hasPrefix("errno_"): .cannotCreate
      default: .config
      }
    self.init(code, problem.message)
  }

  init(_ error: ProviderError) { self.init(error.cls == .unavailable ? .unavailable : .config, error.message) }

  /// A recording of the user's that was to be played.
  init(reading error: WAVError) {
    switch error {
    case .cannotOpen, .notAFile, .cannotRead, .cannotWrite: self.init(.noInput, error.description)
    case .empty, .tooLarge, .notRIFF, .truncated, .unsupported: self.init(.badData, error.description)
    }
  }

  /// A recording that was to be made.
  init(writing error: WAVError) { self.init(.cannotCreate, error.description) }
}
