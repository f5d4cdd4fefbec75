// `patchbay doctor NAME`, and the tiny piece of work it can have a provider do.

import CommonHarness
import Testing
import Vox

@testable import Commands

@Suite struct PaidCallTests {
  private func doctor(_ scratch: Scratch, _ arguments: String...) throws -> Program.Result {
    try Program.run(["doctor"] + arguments, in: scratch)
  }

  private func echo(_ more: String = "") throws -> Scratch {
    let scratch = Scratch()
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n" + more)
    return scratch
  }

  /// A provider that waits for its secret is told of without being a problem; one that insists on being enabled is one.
  @Test func tellsWhatIsMissing() throws {
    let waiting = try echo("secrets: {key: env:NO_SUCH_VARIABLE}\n")
    let told = try doctor(waiting, "echo")
    #expect(told.code == 0)
    #expect(told.output.contains("echo is disabled: secrets.key: the environment variable NO_SUCH_VARIABLE is not set"))
    let paid = try doctor(waiting, "echo", "--paid")
    #expect(paid.code == 78 && paid.complaint.contains("NO_SUCH_VARIABLE is not set"))
    let insisting = try doctor(try echo("enabled: true\nsecrets: {key: env:NO_SUCH_VARIABLE}\n"), "echo")
    #expect(insisting.code == 1 && insisting.output.hasPrefix("PROBLEM"))
  }

  /// Every role works a little, and the line tells times, units and money.
  @Test func worksALittle() throws {
    let scratch = try echo("price: {amount: \"10\", currency: EUR, per: thousandCharacters}\n")
    let result = try doctor(scratch, "echo", "--paid")
    #expect(result.code == 0, "\(result.output)\(result.complaint)")
    func line(_ role: String) -> String { result.lines.first { $0.hasPrefix("echo  \(role) ") } ?? "" }
    #expect(line("stt").contains("final after ") && line("stt").contains("audio_in_ms 1000"))
    #expect(line("llm").contains("first token after ") && line("llm").contains("about tokens_out "))
    #expect(line("tts").contains("first sound after ") && line("tts").hasSuffix("characters 5; 0.05 EUR"))
    #expect(line("tool").contains("tools: echo") && line("tool").hasSuffix("nothing consumed"))
    #expect(result.lines.count == 4)
  }

  /// One role alone, and as JSON.
  @Test func oneRole() throws {
    let scratch = try echo()
    let result = try doctor(scratch, "echo", "--paid", "--role", "tts", "--json")
    #expect(result.code == 0)
    let json = try JSONValue(parsing: result.output)
    #expect(json["roles"]?.array?.count == 1)
    let role = json["roles"]?.array?.first
    #expect(role?["works"] == true && role?["units"]?["characters"]?["amount"] == 5 && role?["cost"] == .null)
    #expect(role?["first_ms"]?.double != nil && role?["error"] == .null)
  }

  /// A provider that cannot do it ends the command with 1 and the classified sentence.
  @Test(.enabled(if: Files.exists(Program.folder + "/libN8N.so"), "the tools' library is not built")) func fails() throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/n8n.yaml", "library: libN8N.so\nsettings: {mcp_url: 'http://127.0.0.1:9/mcp/x', connect_ms: 500}\n")
    let result = try doctor(scratch, "n8n", "--paid")
    #expect(result.code == 1)
    #expect(result.complaint.contains("n8n: unavailable (connect_failed): 127.0.0.1:9 does not take connections"), "\(result.complaint)")
  }

  /// Names and words that are none are refused with what there is.
  @Test func refusesBadInput() throws {
    let scratch = try echo()
    let unknown = try doctor(scratch, "ecko", "--paid")
    #expect(unknown.code == 64 && unknown.complaint.contains("there is no provider 'ecko'; known: echo"))
    let role = try doctor(scratch, "echo", "--paid", "--role", "telephony")
    #expect(role.code == 64 && role.complaint.contains("it can in: llm, stt, tool, tts"))
    #expect(try doctor(scratch, "--paid").code == 64)
    let off = try doctor(try echo("enabled: false\n"), "echo", "--paid")
    #expect(off.code == 78 && off.complaint.contains("switched off"))
  }
}
