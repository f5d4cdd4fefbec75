// `patchbay chains drill`: a real call in which one provider fails on purpose, for that call alone.

import ArgumentParser
import Base
import Journal
import Sound
import Terminal
import Vox

/// Plays a fault to one call of the running host, and tells what the caller heard.
struct DrillCall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill", abstract: "Place a call in which a provider fails, and print what the caller hears.",
    discussion: """
      The fault happens in this call alone: the provider is not touched, and what the call learns of it is forgotten.
        patchbay chains drill --tenant demo --fail tts/flite=cut
      """)

  @OptionGroup var host: HostOptions
  @Option(help: "The tenant.") var tenant: String
  @Option(help: "One of the tenant's agents; without it, the first whose chain has the provider.") var agent: String?
  @Option(
    help: ArgumentHelp(
      "Who fails, and how: refuse, black_hole, silence, cut, empty, garbage, auth, quota, rate, unavailable or overloaded.",
      valueName: "role/provider=fault"))
  var fail: String
  @Option(help: ArgumentHelp("A turn of the caller. May be repeated.", valueName: "text"))
  var say: [String] = ["What are your opening hours?"]
  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("Where what the caller heard is kept; by default drill.wav in the state folder.", valueName: "file.wav"))
  var output: String?

  func run() throws {
    guard try HostAccess.isRunning(host) else {
      throw Stop(.unavailable, "no host runs in \(host.state); start one with: patchbay serve --state \(host.state)")
    }
    let armed = try arm()
    let heard = output ?? "\(host.state)/drill.wav"
    let turns = say.flatMap { ["--say", $0] }
    let arguments =
      host.arguments(state: host.state) + turns
      + ["--from", armed["from"]?.string ?? "", "--to", armed["to"]?.string ?? "", "--out", heard]
    let call = try PlaceCall.parse(arguments).run(arguments)
    let record = try CallSource.host(host.client).record(of: call)
    let recording: (samples: [Int16], sampleRate: UInt32)
    do { recording = try WAVReader.samples(path: heard) } catch { throw Stop(reading: error) }
    DrillReport(fail, record, heard: recording).lines.forEach { Screen.line($0) }
  }

  private func arm() throws(Stop) -> JSONValue {
    let asked = [("tenant", tenant), ("fail", fail)] + (agent.map { [("agent", $0)] } ?? [])
    let query = asked.map { "\($0)=\(Chains.escaped($1))" }.joined(separator: "&")
    let reply = try stopping { () throws(ControlError) in try host.client.send("POST", "/v1/drills?\(query)") }
    guard reply.isFine else { throw Stop(.usage, reply.complaint) }
    return reply.json
  }
}
