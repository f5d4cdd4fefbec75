// `patchbay plugins`: which providers there are, what they can do, and whether a plugin keeps the contract.

import ArgumentParser
import Config
import Conformance
import Loader
import Runtime
import Terminal
import Vox

/// Lists, shows and checks.
struct Plugins: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List providers, show one of them, or check a plugin against the ABI.",
    discussion: "Asks the running host; without one, reads the providers' files and opens each library in a process of its own.",
    subcommands: [List.self, Show.self, Check.self, Reload.self, Clear.self], defaultSubcommand: List.self)

  /// Why no file that could be read is that provider's: there is none, or its file has mistakes.
  private static func missing(
    _ name: String, _ folder: String, _ files: [ProviderFile], _ problems: [ConfigProblem], else way: String = ""
  ) -> Stop {
    let its = ["\(folder)/\(name).yaml", "\(folder)/\(name).yml"]
    let mistakes = problems.filter { its.contains($0.file) }
    guard mistakes.isEmpty else { return Stop(.config, mistakes.map(\.description).joined(separator: "\n")) }
    let known = files.isEmpty ? "" : " (known: \(files.map(\.name).joined(separator: ", ")))"
    let closed = problems.first { $0.file == folder }.map { ", which \($0.message)" } ?? ""
    return Stop(.usage, "there is no provider '\(name)' in \(folder)\(known)\(closed); name one\(way)")
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the providers.")

    @OptionGroup var host: HostOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let listing = try PluginListing.find(host)
      if json { return Screen.json(["plugins": .array(listing.providers.map(\.json))]) }
      guard !listing.providers.isEmpty else { return Screen.line("No providers; put a YAML file for each into \(host.providers).") }
      listing.lines.forEach { Screen.line($0) }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a provider is and can do.",
      discussion: "With --voices or --models it asks the vendor, with the provider's credentials; that costs nothing.")

    @OptionGroup var host: HostOptions
    @Argument(help: "The provider's name.") var name: String
    @Flag(help: "List the vendor's voices instead.") var voices = false
    @Flag(help: "List the vendor's models instead.") var models = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      if voices { return try ask("voices", OpKind.voices, in: [.tts]) }
      if models { return try ask("models", OpKind.models, in: [.llm, .stt]) }
      let listing = try PluginListing.find(host)
      guard let provider = listing.providers.first(where: { $0.name == name }) else {
        let known = listing.providers.map(\.name).joined(separator: ", ")
        throw Stop(.usage, "there is no provider '\(name)'; \(known.isEmpty ? "\(host.providers) has none" : "known: \(known)")")
      }
      if json { return Screen.json(provider.json) }
      PluginView(provider).lines.forEach { Screen.line($0) }
    }

    private func ask(_ what: String, _ question: UInt16, in roles: Set<Role>) throws(Stop) {
      let scan = ProviderScan(folder: host.providers, libraries: host.libraries)
      guard let provider = scan[name] else { throw Plugins.missing(name, host.providers, scan.providers.map(\.file), scan.unreadable) }
      let able = provider.manifest.map { manifest in roles.filter { manifest.roles[$0] != nil } } ?? []
      guard let role = able.min(by: { $0.name < $1.name }) ?? roles.first else { return }
      let call = try PaidCall(provider, scan, secretsFolder: host.providers, role: role.name)
      let list = VendorList(what, try call.make(question: question))
      if json { Screen.json(list.json) } else { list.lines.forEach { Screen.line($0) } }
      if list.failure != nil { throw Stop(.failed, "") }
    }
  }

  struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring up what a provider's file says now; calls that are going on keep what they have.",
      discussion:
        "The host also notices changed files by itself. A new generation that does not become ready is refused, and the old one stays.")

    @OptionGroup var host: HostOptions
    @Argument(help: "The provider's name.") var name: String

    func run() throws {
      guard try HostAccess.isRunning(host) else {
        throw Stop(.unavailable, "no host runs in \(host.state); start one with: patchbay serve --state \(host.state)")
      }
      let reply: ControlClient.Reply
      do throws(ControlError) { reply = try host.client.send("POST", "/v1/plugins/\(name)/reload", deadlineMs: 30_000) } catch {
        throw Stop(.unavailable, error.sentence)
      }
      guard reply.isFine else { throw Stop(.config, reply.json["error"]?["message"]?.string ?? "the host refused it") }
      Screen.line("\(name) serves in its new generation.")
    }
  }

  struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End the quarantine of a provider, or of a library.", discussion: "Then `patchbay plugins reload NAME` tries it again.")

    @OptionGroup var host: HostOptions
    @Argument(help: "The provider's name, or the beginning of the library's digest.") var name: String

    func run() throws {
      guard try HostAccess.isRunning(host) else {
        throw Stop(.unavailable, "no host runs in \(host.state); start one with: patchbay serve --state \(host.state)")
      }
      let reply: ControlClient.Reply
      do throws(ControlError) { reply = try host.client.send("POST", "/v1/plugins/\(name)/clear") } catch {
        throw Stop(.unavailable, error.sentence)
      }
      guard reply.isFine else { throw Stop(.usage, "there is no provider or library '\(name)'") }
      Screen.line("\(name) is no longer quarantined; try it again with: patchbay plugins reload NAME")
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try every clause of the ABI on a plugin.",
      discussion: "Each case runs in a process of its own, so that a crash or a hang is a failed case. Ends with 1 when one fails.")

    @OptionGroup var host: HostOptions
    @Argument(help: "A provider's name, or the file of a library.") var plugin: String
    @Option(help: ArgumentHelp("Settings as a JSON object, laid over those of the provider.", valueName: "json")) var settings = "{}"
    @Option(help: ArgumentHelp("Where it runs: in-process or worker.", valueName: "mode"))
    var isolation = ProviderFile.Isolation.inProcess.rawValue
    @Option(
      name: .customLong("secret"),
      help: ArgumentHelp(
        "A secret for the account, as name=env:NAME or name=file:/path. Without any, stand-ins are given and the vendor is not called.",
        valueName: "name=place"))
    var secrets: [String] = []
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      guard let isolation = ProviderFile.Isolation(rawValue: isolation) else {
        throw Stop(.usage, "--isolation is in-process or worker, found '\(isolation)'")
      }
      guard let given = try? JSONValue(parsing: settings), given.object != nil else {
        throw Stop(.usage, "--settings must be a JSON object, found '\(settings)'")
      }
      let subject = try subject()
      _ = try CheckSecrets.resolve(secrets)
      let command = Conformance.Command(
        executable: Places.program,
        arguments: ["conformance-case", "--isolation", isolation.rawValue] + secrets.flatMap { ["--secret", $0] })
      let report = Conformance.run(library: subject.library, settings: subject.settings.merging(given), command: command)
      if json { Screen.json(report.json) } else { Screen.line(report.text) }
      if !report.conforms { throw Stop(.failed, "") }
    }

    private func subject() throws(Stop) -> (library: String, settings: JSONValue) {
      if plugin.contains("/") || plugin.hasSuffix(".so") {
        guard Files.isReadable(plugin) else {
          throw Stop(.noInput, "the library \(plugin) cannot be read: \(Files.reason); build it, or correct the path")
        }
        return (Places.absolute(plugin), [:])
      }
      let read = ProviderFile.readAll(in: host.providers)
      guard let file = read.files.first(where: { $0.name == plugin }) else {
        throw Plugins.missing(plugin, host.providers, read.files, read.problems, else: ", or give the path of a library")
      }
      return (file.libraryPath(in: Places.absolute(host.libraries)), file.settings)
    }
  }
}

/// `patchbay conformance-case`: tries one case in this process, for `plugins check`.
struct ConformanceCase: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "conformance-case", shouldDisplay: false)

  @Option var isolation = ProviderFile.Isolation.inProcess.rawValue
  @Option(name: .customLong("secret")) var secrets: [String] = []
  @Option var inProcessCase: String
  @Option var settings: String
  @Argument var library: String

  func run() throws {
    let settings = (try? JSONValue(parsing: settings)) ?? [:]
    // The process ends at once: a broken plugin may have left threads that would trip over a slow end.
    let entry = isolation == ProviderFile.Isolation.worker.rawValue ? try PluginInWorker.entry(library) : nil
    let secrets = try CheckSecrets.resolve(secrets)
    let supplies = Supplies(
      settings: settings, secrets: secrets, services: CheckServices.opener(settings: settings, secrets: secrets))
    Files.exit(Conformance.serve(caseID: inProcessCase, library: library, supplies, entry: entry))
  }
}
