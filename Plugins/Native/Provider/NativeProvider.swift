// From plugin to session: the functions are found once, when the provider is made, and serve all calls.

import NativeEngine
import PluginKit
import Vox

final class NativeProvider: Provider {
  private let desk: Desk

  /// - Throws: `invalid`, with the places in the settings that are wrong and what to do about them.
  init(_ host: Host, _ settings: JSONValue) throws {
    do { desk = Desk(host, try Catalogue(settings), settings["functions"] ?? [:]) } catch {
      throw ProviderError(.invalid, "\(error)", scope: .provider, code: "bad_settings")
    }
    if desk.catalogue.functions.isEmpty {
      host.log(.warning, "No function is listed, so there is no tool: list some in the setting 'functions'.")
    }
  }

  func open(_ port: AccountPort) -> any Account {
    port.ready()
    return NativeAccount(desk)
  }

  func close() { desk.stop() }
}

final class NativeAccount: Account {
  private let desk: Desk

  init(_ desk: Desk) { self.desk = desk }

  func open(_ port: SessionPort) throws -> any Session {
    // An agent's settings are laid over the operator's, and an agent must not choose which code of this machine runs.
    if let functions = port.settings["functions"], functions != desk.functions {
      throw ProviderError(
        .invalid, "The functions are the operator's to list; remove 'functions' from the agent's settings.", scope: .session,
        code: "bad_settings")
    }
    port.ready()
    return NativeSession(port, desk)
  }
}
