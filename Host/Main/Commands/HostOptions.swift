// The options that say which host is meant and what it is made of.

import ArgumentParser
import Terminal

/// Where the host's things are.
struct HostOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of the journal and the control socket.", valueName: "dir"))
  var state = Places.state

  @Option(help: ArgumentHelp("The folder of the tenants.", valueName: "dir"))
  var config = Places.config

  @Option(name: .customLong("plugins"), help: ArgumentHelp("The folder with one YAML file per provider.", valueName: "dir"))
  var providers = Places.providers

  @Option(help: ArgumentHelp("The folder of the plugins' libraries.", valueName: "dir"))
  var libraries = Places.libraries

  @Option(help: ArgumentHelp("The folder of the voice detector's weights.", valueName: "dir"))
  var weights = Places.weights

  /// The socket of the host that runs in this state folder.
  var socket: String { Self.socket(in: state) }

  static func socket(in state: String) -> String { Places.absolute(state) + "/control.sock" }

  /// The folder of the journal in this state folder.
  var journal: String { state + "/journal" }

  var client: ControlClient { ControlClient(.unix(socket)) }

  /// These options as they are given to another process.
  func arguments(state: String) -> [String] {
    [
      "--state", state, "--config", Places.absolute(config), "--plugins", Places.absolute(providers), "--libraries",
      Places.absolute(libraries), "--weights", Places.absolute(weights),
    ]
  }
}
