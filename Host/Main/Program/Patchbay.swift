// Placeholder until the commands are in: serves.
import ArgumentParser
import Base
import Logging
import Runtime

@main struct Patchbay: AsyncParsableCommand {
  @Option var state = "/tmp/dev/state"
  @Option var config = "deploy/demo"
  @Option var providers = "plugins.d"
  @Option var libraries = ".build/debug"
  @Option var weights = ".build/silero"
  mutating func run() async throws {
    let runtime = try Runtime(Runtime.Options(state: state, config: config, providers: providers, libraries: libraries, weights: weights), log: Logger(label: "patchbay"))
    await runtime.start()
    try await Task.sleep(for: .seconds(60))
    await runtime.drain(ms: 100)
    await runtime.stop()
  }
}
