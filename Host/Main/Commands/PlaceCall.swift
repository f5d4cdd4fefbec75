// `patchbay call`: a synthetic caller talks to an agent, and the conversation is printed as it happens.

import ArgumentParser
import Base
import FoundationEssentials
import Glibc
import Journal
import Sound
import Terminal
import Vox

/// Places one call and follows it to its end.
struct PlaceCall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "Call an agent as a synthetic caller, and print the conversation as it happens.",
    discussion: """
      Turns happen in the order in which they are given, each when the agent has finished speaking:
        patchbay call --say "I would like to book an appointment" --say "Next Monday" --dtmf 5550100
      Uses the running host; if none runs, one is started for this call.
      """)

  @OptionGroup var host: HostOptions
  @Option(help: ArgumentHelp("A turn: this text, spoken by a synthetic voice. May be repeated.", valueName: "text"))
  var say: [String] = []
  @Option(help: ArgumentHelp("A turn: this recording. May be repeated.", valueName: "file"))
  var wav: [String] = []
  @Option(help: ArgumentHelp("A turn: these keys of the telephone. May be repeated.", valueName: "keys"))
  var dtmf: [String] = []
  @Option(help: ArgumentHelp("The caller's voice; by default another one than the agent's.", valueName: "name"))
  var voice: String?
  @Option(help: ArgumentHelp("The provider that speaks for the caller.", valueName: "provider"))
  var speaker: String?
  @Option(help: ArgumentHelp("The number or address to call.", valueName: "number"))
  var to = "reception"
  @Option(help: ArgumentHelp("The caller's number.", valueName: "number"))
  var from = "+15550100199"
  @Option(help: ArgumentHelp("The provider whose line is used; it must serve a route that places calls.", valueName: "provider"))
  var line = "wavphone"
  @Option(help: ArgumentHelp("Samples per second of the line, 8000 or 16000.", valueName: "hz"))
  var rate: Int?
  @Option(help: ArgumentHelp("What the sound goes through on the line, pcm or ulaw.", valueName: "codec"))
  var codec: Codec?
  @Option(name: .customLong("out"), help: ArgumentHelp("Write what the caller heard.", valueName: "file.wav"))
  var output: String?
  @Flag(help: "Print the facts of the call and its latencies as JSON, one value per line.")
  var json = false

  enum Codec: String, ExpressibleByArgument, CaseIterable { case pcm, ulaw }

  func validate() throws {
    if say.isEmpty, wav.isEmpty, dtmf.isEmpty { throw ValidationError("Say something: give at least one --say, --wav or --dtmf.") }
    if let rate, rate != 8000, rate != 16000 { throw ValidationError("--rate is 8000 or 16000, not \(rate).") }
    if let empty = (say + wav + dtmf).first(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw ValidationError("A turn is empty ('\(empty)'); give it words, a file or keys.")
    }
    if let output, !output.hasSuffix(".wav") { throw ValidationError("--out must name a file that ends in .wav, not '\(output)'.") }
  }

  func run() throws { try run(CommandLine.arguments) }

  /// - Parameter arguments: the command line, for the order of the turns.
  /// - Returns: the call, once it has ended.
  @discardableResult
  func run(_ arguments: [String]) throws(Stop) -> CallID {
    let turns = CallerTurn.inOrder(of: arguments, say: say, wav: wav, keys: dtmf)
    // Every mistake of the command line is found before a host is started.
    try check(turns)
    let line = try CallLine(line, in: host.providers)
    Interrupt.catchSignals()
    let sounds = try ScratchFolder()
    // The folder goes with the object, and the line reads it when the call is placed.
    defer { withExtendedLifetime(sounds) {} }
    let spoken = try speak(turns, into: sounds.path)
    let access = try HostAccess.reach(host)
    if access.isOwn { tell("No host runs in \(host.state); one was started for this call.") }
    let order = CallOrder(
      turns: spoken, to: to, from: from, rate: rate, codec: codec?.rawValue, record: output.map(Places.absolute))
    let call = try PlacedCall.place(order, line: line, on: access)
    do throws(Stop) { try follow(call, access) } catch {
      if error.code == .interrupted { call.hangUp() }
      throw error
    }
    return call.id
  }

  private func check(_ turns: [CallerTurn]) throws(Stop) {
    for turn in turns {
      do {
        switch turn {
        case .wav(let path): _ = try WAVReader(path: path)
        case .keys(let keys): _ = try DTMF.tones(keys, sampleRate: 8000)
        case .say: break
        }
      } catch let error as WAVError {
        throw Stop(reading: error)
      } catch {
        throw Stop(.usage, "--dtmf: \(error)")
      }
    }
    guard let output else { return }
    // Made now, so that a folder that cannot be written is known before the call and not after it.
    do { try WAVWriter(path: output, sampleRate: 16_000).close() } catch { throw Stop(writing: error) }
  }

  /// The turns with every text replaced by the recording of it.
  private func speak(_ turns: [CallerTurn], into folder: String) throws(Stop) -> [CallerTurn] {
    var lines: [SyntheticCaller.Line] = []
    let spoken: [CallerTurn] = turns.map { turn in
      switch turn {
      case .say(let text):
        lines.append(SyntheticCaller.Line(text: text, path: "\(folder)/turn-\(lines.count + 1).wav"))
        return .wav("\(folder)/turn-\(lines.count).wav")
      case .wav(let path): return .wav(Places.absolute(path))
      case .keys: return turn
      }
    }
    guard !lines.isEmpty else { return spoken }
    let scan = ProviderScan(folder: host.providers, libraries: host.libraries)
    let caller = try SyntheticCaller(scan, providers: host.providers, name: speaker, voice: voice)
    try caller.speak(lines)
    tell("The caller speaks with \(caller.description).")
    return spoken
  }

  private func follow(_ call: PlacedCall, _ access: HostAccess) throws(Stop) {
    var conversation = Conversation()
    try call.follow { fact, text in
      let line = conversation.take(fact)
      if json { Screen.line(text) } else if let line { Screen.line(line) }
      return conversation.ending != nil
    }
    let record = try CallSource.host(access.client).record(of: call.id)
    let latency = LatencyTable(record)
    if json {
      Screen.json(["call": .string(call.id.text), "latency": latency.json, "heard": output.map { .string(Places.absolute($0)) } ?? .null])
    } else {
      if !latency.isEmpty { Screen.line("\nLatency in ms, from the caller's last sound to the agent's first:") }
      latency.isEmpty ? Screen.line("\nNo turn was answered.") : latency.lines.forEach { Screen.line($0) }
      if let output { Screen.line("\nWhat the caller heard is in \(output).") }
    }
    guard let ending = conversation.ending else { throw Stop(.failed, "the host stopped telling about the call before it ended") }
    guard Conversation.isFine(ending.cause) else {
      throw Stop(.failed, "the call failed: \(ending.problem?.message ?? Conversation.words(ending.cause))")
    }
  }

  /// Remarks go to standard error, so that standard output holds the conversation alone.
  private func tell(_ sentence: String) { Screen.complain(sentence) }
}
