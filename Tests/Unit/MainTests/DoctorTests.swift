// `patchbay doctor`: machines, folders, ports and configurations, good and bad.

import CommonHarness
import Glibc
import Terminal
import Testing
import Vox

@testable import Commands

@Suite struct DoctorTests {
  private static let good = MachineCheck(
    architecture: "x86_64", kernel: "Linux 6.1.0", cores: 8, clockStepNs: 1, timerLateUs: 60, memoryBytes: 8_000_000_000, fileLimit: 65_536)

  private func grades(_ change: (inout MachineCheck) -> Void) -> [Finding.Grade] {
    var machine = Self.good
    change(&machine)
    return machine.findings.map(\.grade).filter { $0 != .fine }
  }

  /// A machine that can serve has nothing said against it; each lack is told on its own, with what to do.
  @Test func judgesMachines() {
    #expect(grades { _ in } == [])
    #expect(grades { $0.architecture = "i686" } == [.problem])
    #expect(grades { $0.kernel = "Darwin 24" } == [.problem])
    #expect(grades { $0.cores = 1 } == [.advice])
    #expect(grades { $0.clockStepNs = 4_000_000 } == [.problem])
    #expect(grades { $0.timerLateUs = 5_000 } == [.advice])
    #expect(grades { $0.memoryBytes = 100_000_000 } == [.problem])
    #expect(grades { $0.memoryBytes = nil } == [])
    #expect(grades { $0.fileLimit = 256 } == [.advice])
    #expect(MachineCheck().findings.count >= 4)
  }

  /// Too little disk stops a host, little is a warning.
  @Test func judgesDisks() {
    #expect(StateCheck.disk(free: 50_000_000, at: "/x").grade == .problem)
    #expect(StateCheck.disk(free: 500_000_000, at: "/x").grade == .advice)
    #expect(StateCheck.disk(free: 80_000_000_000, at: "/x") == .fine("state", "80.0 GB are free on the disk of /x"))
  }

  /// A state folder must be a folder, private, and short enough for the control socket; one that is not there yet is made.
  @Test func judgesStateFolders() throws {
    let scratch = Scratch()
    func check(_ path: String) -> [Finding] { StateCheck(folder: path, isInUse: false).findings.filter { $0.grade == .problem } }
    #expect(check(scratch.path + "/new/state") == [])
    #expect(check(scratch.path) == [])
    #expect(check(try scratch.write("file", "")).first?.sentence.hasSuffix("is not a folder") == true)
    #expect(chmod(scratch.path, 0o755) == 0)
    #expect(check(scratch.path).first?.remedy == "chmod 700 \(scratch.path)")
    #expect(check("/tmp/" + String(repeating: "x", count: 120)).first?.sentence.contains("control socket has") == true)
  }

  /// A port that another program has is a problem; one that the running host has is not.
  @Test func judgesPorts() throws {
    let host = try ScriptedHost()
    let taken = PortCheck(address: .tcp("127.0.0.1", host.port), running: nil).finding
    #expect(
      taken == .problem("port", "127.0.0.1:\(host.port) is taken by another program", "stop it, or choose another port with --listen"))
    #expect(PortCheck(address: .tcp("127.0.0.1", host.port), running: ["listen": "here"]).finding.grade == .fine)
    #expect(PortCheck(address: .tcp("127.0.0.1", 0), running: nil).finding.grade == .fine)
    #expect(PortCheck(address: .tcp("192.0.2.1", 8080), running: nil).finding.sentence == "192.0.2.1 is no address of this machine")
    #expect(PortCheck(address: .tcp("no.such.host.invalid", 8080), running: nil).finding.grade == .problem)
  }

  private static let tenant = """
    id: demo
    name: Demo
    numbers: {"*": reception}
    chains: {stt: echo, llm: echo, tts: echo}

    """

  private func whole(_ scratch: Scratch, tenant: String = tenant, agent: String = "name: Reception\n") throws {
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n")
    try scratch.write("tenants/demo/tenant.yaml", tenant)
    try scratch.write("tenants/demo/agents/reception.yaml", agent)
    try scratch.write("silero-8k.f32", "")
    try scratch.write("silero-16k.f32", "")
  }

  private func doctor(_ scratch: Scratch) throws -> Program.Result { try Program.run(["doctor", "--listen", "127.0.0.1:0"], in: scratch) }

  /// A whole configuration can serve, and the doctor changes nothing: not even the state folder is made.
  @Test func passesAGoodHost() throws {
    let scratch = Scratch()
    try whole(scratch)
    let result = try doctor(scratch)
    #expect(result.code == 0, "\(result.output)")
    #expect(result.complaint == "")
    #expect(result.lines.last == "This host can serve.")
    #expect(result.lines.contains("fine     configuration  the agent demo/reception answers *"))
    #expect(!Files.exists(scratch.path + "/state"))
    let json = try JSONValue(parsing: try Program.run(["doctor", "--listen", "127.0.0.1:0", "--json"], in: scratch).output)
    #expect(json["serves"] == true)
    #expect(json["findings"]?.array?.allSatisfy { $0["grade"] != "problem" } == true)
  }

  /// Every mistake of the configuration is told with its file and line, what was expected, and what to do; the command ends with 1.
  @Test(arguments: [
    ("id: demo\nnmae: x\nnumbers: {'*': reception}\n", "name: R\n", "tenant.yaml:2: nmae: unknown key; did you mean 'name'?"),
    (tenant, "name: R\nmaxDurationMs: soon\n", "reception.yaml:2: maxDurationMs:"),
    (tenant, "name: R\nchains: {tts: nobody}\n", "reception.yaml:2: the agent demo/reception wants tts of 'nobody', which does not exist"),
    ("id: demo\nname: x\nnumbers: {'*': reception}\n", "name: R\n", "no providers for the role 'stt'"),
    (tenant + "timezone: Mars/Base\n", "name: R\n", "tenant.yaml:5: timezone: expected a time zone such as Europe/Zurich"),
    (tenant, "name: [\n", "reception.yaml"),
  ])
  func tellsMistakes(tenant: String, agent: String, sentence: String) throws {
    let scratch = Scratch()
    try whole(scratch, tenant: tenant, agent: agent)
    let result = try doctor(scratch)
    #expect(result.code == 1)
    #expect(result.lines.contains { $0.hasPrefix("PROBLEM") && $0.contains(sentence) }, "\(result.output)")
    #expect(result.lines.last?.hasSuffix("would not serve.") == true)
  }

  /// What the host would refuse to load, or a chain says that its provider does not know, is told beforehand.
  @Test func tellsWhatTheHostRefuses() throws {
    let scratch = Scratch()
    try whole(scratch)
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\nsha256: \(String(repeating: "0", count: 64))\n")
    #expect(try doctor(scratch).output.contains("its SHA-256 is"))
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n")
    try scratch.write(
      "tenants/demo/agents/reception.yaml", "name: R\nchains: {tts: {providers: [{provider: echo, voice: anna}]}, tool: nobody}\n")
    let output = try doctor(scratch).output
    #expect(output.contains("tells 'echo' as tts settings/voice:"), "\(output)")
    #expect(output.contains("wants tool of 'nobody', which does not exist"))
  }

  /// Folders that are not there and an address that is none are told, not tripped over.
  @Test func survivesAnEmptyMachine() throws {
    let scratch = Scratch()
    let result = try doctor(scratch)
    #expect(result.code == 1)
    #expect(result.lines.contains { $0.contains("tenants does not exist") })
    #expect(result.lines.contains { $0.contains("plugins.d: cannot be opened") })
    let listen = try Program.run(["doctor", "--listen", "everywhere"], in: scratch)
    #expect(listen.code == 64)
    #expect(listen.complaint.contains("--listen must be HOST:PORT"))
  }
}
