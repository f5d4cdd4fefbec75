// `patchbay call` where no host runs: the whole product in one command.

import CommonHarness
import Sound
import Testing

@testable import Commands

@Suite(.enabled(if: Files.exists(Program.folder + "/libWavPhone.so"), "the line's library is not built"))
struct OwnHostTests {
  /// The command starts a host, places the call through its line, prints what was heard and said, writes what the caller heard, and
  /// leaves nothing behind: neither a host nor a state folder.
  @Test func callsWithoutAHost() throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n")
    try scratch.write("plugins.d/wavphone.yaml", "library: libWavPhone.so\nsettings: {control: true}\n")
    try scratch.write(
      "tenants/demo/tenant.yaml", "id: demo\nname: Demo\nnumbers: {'*': reception}\nchains: {stt: echo, llm: echo, tts: echo}\n")
    try scratch.write("tenants/demo/agents/reception.yaml", "name: Reception\ndisclosure: This is a computer.\n")
    let heard = scratch.path + "/heard.wav"
    let result = try Program.run(["call", "--dtmf", "12", "--out", heard], in: scratch)
    #expect(result.code == 0, "\(result.complaint)")
    #expect(result.complaint == "No host runs in \(scratch.path)/state; one was started for this call.\n")
    #expect(result.lines.first == "00:00.0  call    answered")
    #expect(result.lines.contains { $0.hasSuffix("agent   This is a computer.") })
    #expect(result.lines.contains("         caller  [key 2]"))
    #expect(result.lines.contains { $0.contains("call    ended: the caller hung up") })
    #expect(try WAVReader(path: heard).sampleCount > 16_000)
    #expect(!Files.exists(scratch.path + "/state"))
  }

  /// A host that cannot take calls says why within seconds, instead of being waited for.
  @Test func saysWhyNoHostCanServe() throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/wavphone.yaml", "library: libWavPhone.so\nsettings: {control: true}\n")
    try scratch.write("tenants/demo/tenant.yaml", "id: demo\nname: Demo\nnumbers: {'*': reception}\nchains: {stt: x, llm: x, tts: x}\n")
    try scratch.write("tenants/demo/agents/reception.yaml", "name: Reception\n")
    let result = try Program.run(["call", "--dtmf", "1"], in: scratch)
    #expect(result.code == 78)
    #expect(result.complaint.contains("cannot take calls: the agent demo/reception wants the provider 'x' for stt, which is not loaded"))
  }
}
