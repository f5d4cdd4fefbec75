// The benchmark program: every figure of the design, measured, printed as a table and written as JSON.

import ArgumentParser
import Base
import Glibc
import Vox

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patchbay-bench",
    abstract: "Measures the host and writes .build/reports/bench.json.",
    discussion: "Run it on one core (taskset -c 0) for the figures of the design; every load is bounded.")

  @Option(help: "Where the built plugins are.") var libraries = ".build/release"
  @Option(help: "Where the C example is.") var examples = ".build/examples"
  @Option(help: "The plugin that answers each frame with one.") var frameFixture = ".build/isolation-fixtures/worker.so"
  @Option(help: "Where the voice detector's weights are.") var weights = ".build/silero"
  @Option(help: "Where the report goes.") var report = ".build/reports/bench.json"
  @Option(help: "How many calls at once, at most.") var calls = 250
  @Option(help: "How many short calls for the flatness of memory.") var short = 10_000
  @Option(help: "Only carry so many frames from a line to a recogniser, for counting instructions.") var frames = 0
  @Flag(help: "A small version that takes seconds, for the tests.") var smoke = false

  func run() throws {
    let place = Place(libraries: libraries, examples: examples, weights: weights, frameFixture: frameFixture)
    if frames > 0 { return try FramePath(place).carry(frames) }
    var rows: [Row] = []
    rows += try BoundaryBench(place).run(rounds: smoke ? 1 : 5)
    rows += try WorkerBench(place).run(rounds: smoke ? 2 : 20)
    rows += try StartBench(place).run(rounds: smoke ? 1 : 5)
    rows += try LoadBench(place).run(sizes: smoke ? [1, 10] : [1, 100, calls], seconds: smoke ? 6 : 20)
    rows += try ShortCallsBench(place).run(calls: smoke ? 200 : short)
    Row.printTable(rows)
    try Row.write(rows, to: report)
    // A figure of a short run on a shared machine is shown, not judged.
    if !smoke, rows.contains(where: { $0.holds == false }) { throw ExitCode(1) }
  }
}

/// Where the pieces to be measured lie.
struct Place {
  let libraries: String
  let examples: String
  let weights: String
  /// Answers each pushed frame with one.
  let frameFixture: String
}
