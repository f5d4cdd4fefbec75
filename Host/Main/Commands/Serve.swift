// `patchbay serve`: runs the host until it is told to stop.

import ArgumentParser
import Base
import Glibc
import Logging
import Runtime
import ServiceLifecycle
import Terminal
import UnixSignals

/// Starts the host, keeps it, and ends it in order: the first SIGTERM or SIGINT lets running calls end, the second ends at once.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run the host.")
  static let defaultListen = "127.0.0.1:8080"

  @OptionGroup var host: HostOptions
  @Option(help: ArgumentHelp("Where to listen for the phone page, the interface and the providers' routes.", valueName: "host:port"))
  var listen = Serve.defaultListen
  @Option(
    name: .customLong("public-url"),
    help: ArgumentHelp("How the world reaches this host; by default the address it listens on.", valueName: "https://name"))
  var publicURL = ""
  @Option(
    help: ArgumentHelp("What to log: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "level"),
    transform: { text in
      guard let level = Logger.Level(rawValue: text) else { throw ValidationError("there is no log level '\(text)'") }
      return level
    })
  var logLevel = Logger.Level.info
  @Option(help: ArgumentHelp("How long running calls may take to end when the host is told to stop.", valueName: "ms"))
  var drainMs = 30_000
  @Option(help: ArgumentHelp("How many threads serve calls; 0 leaves one core for everything else.", valueName: "count"))
  var loops = 0
  @Flag(help: .hidden) var untilInputEnds = false

  static func badListen(_ text: String) -> Stop {
    Stop(.usage, "--listen must be HOST:PORT such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080, not '\(text)'")
  }

  func validate() throws {
    guard (0...3_600_000).contains(drainMs) else { throw ValidationError("--drain-ms is a number from 0 to 3600000, not \(drainMs).") }
    guard (0...64).contains(loops) else { throw ValidationError("--loops is a number from 0 to 64, not \(loops).") }
  }

  func run() async throws {
    guard case .tcp(let name, let port)? = Address(tcp: listen) else { throw Self.badListen(listen) }
    var log = Logger(label: "patchbay") { StreamLogHandler.standardError(label: $0) }
    log.logLevel = logLevel
    var options = Runtime.Options(
      state: host.state, config: host.config, providers: host.providers, libraries: host.libraries, weights: host.weights)
    options.loops = loops
    options.listen = (host: name, port: port)
    options.publicURL = publicURL
    options.triesLibraries = true
    let runtime: Runtime
    do throws(Problem) { runtime = try Runtime(options, log: log) } catch { throw Stop(error) }
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    if untilInputEnds { stopWhenInputEnds() }
    let service = HostService(runtime, drainMs: drainMs) { [state = host.state] in
      Screen.line("Serving. The phone page: \(runtime.phoneURL ?? "none"). State: \(Places.absolute(state)).")
    }
    let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: log))
    let watch = Task {
      var isStopping = false
      for await _ in signals {
        // A second signal is from someone who does not want to wait; what was acknowledged is on disk already.
        if isStopping { Files.exit(130) }
        isStopping = true
        await group.triggerGracefulShutdown()
      }
    }
    defer { watch.cancel() }
    do { try await group.run() } catch let problem as Problem { throw Stop(problem) }
  }

  /// For a host that another command started: it ends with that command, however that one ends.
  private func stopWhenInputEnds() {
    OwnThread.start(name: "parent") {
      var byte: UInt8 = 0
      while true {
        let count = read(0, &byte, 1)
        if count == 0 || count < 0 && errno != EINTR { break }
      }
      kill(getpid(), SIGTERM)
    }
  }
}
