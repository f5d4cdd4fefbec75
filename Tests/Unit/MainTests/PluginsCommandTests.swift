// `patchbay plugins`, with a host and without one.

import CommonHarness
import Testing
import Vox

@Suite struct PluginsCommandTests {
  /// Without a host every file is read and every library opened elsewhere; each one that cannot be used says why, below the table.
  @Test func readsTheFolder() throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n")
    try scratch.write("plugins.d/off.yaml", "library: libNone.so\nenabled: false\n")
    try scratch.write("plugins.d/gone.yaml", "library: libNone.so\n")
    let text = try scratch.write("libText.so", "this is no library")
    try scratch.write("plugins.d/text.yaml", "library: \(text)\n")
    try scratch.write("plugins.d/typo.yaml", "libary: libEcho.so\n")
    try scratch.write("plugins.d/twin.yaml", "provider: echo2\nlibrary: libEcho.so\n")
    try scratch.write("plugins.d/twin2.yaml", "provider: echo2\nlibrary: libEcho.so\n")
    try scratch.write("plugins.d/wrong.yaml", "library: libEcho.so\nsettings: {volume: 11}\n")
    try scratch.write("plugins.d/secret.yaml", "library: libEcho.so\nenabled: true\nsecrets: {key: 'env:NO_SUCH_VARIABLE'}\n")
    try scratch.write("plugins.d/waits.yaml", "library: libEcho.so\nsecrets: {key: 'env:NO_SUCH_VARIABLE'}\n")
    let list = try Program.run(["plugins"], in: scratch)
    #expect(list.code == 0)
    #expect(list.complaint == "")
    func row(_ name: String) -> String { list.lines.first { $0.hasPrefix(name + " ") } ?? "" }
    func reason(_ name: String) -> String { list.lines.first { $0.hasPrefix(name + ":") } ?? "" }
    #expect(row("echo").hasSuffix("llm stt telephony tool tts  in-process           -         -  loads"))
    #expect(row("off").hasSuffix("disabled") && row("waits").hasSuffix("disabled"))
    #expect(reason("off") == "" && reason("waits").contains("secrets.key: the environment variable NO_SUCH_VARIABLE is not set"))
    for name in ["gone", "text", "typo", "echo2", "wrong", "secret"] { #expect(row(name).hasSuffix("refused"), "\(name)") }
    #expect(reason("gone").contains("plugins.d/gone.yaml: the library \(Program.folder)/libNone.so was not found"))
    #expect(reason("text").contains("libText.so is not a shared library"))
    #expect(reason("typo").contains("plugins.d/typo.yaml:1: libary: unknown key; did you mean 'library'?"))
    #expect(reason("echo2").contains("is also claimed by"))
    #expect(reason("wrong").contains("plugins.d/wrong.yaml: settings/volume:"))
    #expect(reason("secret").contains("plugins.d/secret.yaml: secrets.key: the plugin knows no such secret"))
    let json = try JSONValue(parsing: try Program.run(["plugins", "list", "--json"], in: scratch).output)
    #expect(json["plugins"]?.array?.count == 10)
    #expect(json["plugins"]?.array?.first { $0["name"] == "echo" }?["manifest"]?["id"] == "echo")
  }

  /// One provider is shown with its roles, their traits and its settings.
  @Test func showsAProvider() throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/echo.yaml", "library: libEcho.so\n")
    let show = try Program.run(["plugins", "show", "echo"], in: scratch)
    #expect(show.code == 0)
    #expect(show.lines.first == "provider  echo, loads")
    #expect(show.lines.contains("role      vox.tts/0"))
    let json = try JSONValue(parsing: try Program.run(["plugins", "show", "echo", "--json"], in: scratch).output)
    #expect(json["roles"] == ["llm", "stt", "telephony", "tool", "tts"])
    let voices = try Program.run(["plugins", "show", "echo", "--voices"], in: scratch)
    #expect(voices.code == 0 && voices.lines == ["0", "1"], "\(voices.output)\(voices.complaint)")
    let list = try JSONValue(parsing: try Program.run(["plugins", "show", "echo", "--voices", "--json"], in: scratch).output)
    #expect(list == ["voices": [["id": "0"], ["id": "1"]]])
    let models = try Program.run(["plugins", "show", "echo", "--models"], in: scratch)
    #expect(models.code == 1 && models.lines.first?.hasPrefix("llm: invalid") == true, "\(models.output)\(models.complaint)")
    let none = try Program.run(["plugins", "show", "eco"], in: scratch)
    #expect(none.code == 64)
    #expect(none.complaint == "patchbay: there is no provider 'eco'; known: echo\n")
  }

  /// A running host tells the state its providers really are in.
  @Test func asksTheHost() throws {
    let scratch = Scratch()
    let host = try ScriptedHost {
      $0.path == "/v1/plugins"
        ? .json(
          200,
          [
            "plugins": [
              [
                "name": "voice", "state": "failed", "reason": "the key was refused", "isolation": "worker", "generation": 3, "sessions": 2,
                "manifest": ["id": "v", "version": "2", "roles": ["vox.tts/0": [:]]],
              ]
            ]
          ])
        : nil
    }
    let list = try Program.run(["plugins"], in: scratch, state: host.folder)
    #expect(
      list.lines == [
        "provider  plugin  version  roles  isolation  generation  sessions  state",
        "voice     v       2        tts    worker              3         2  failed", "", "voice: the key was refused",
      ])
  }

  /// A folder or library that is not there is named.
  @Test func refusesBadInput() throws {
    let scratch = Scratch()
    let folder = try Program.run(["plugins"], in: scratch)
    #expect(folder.code == 66)
    #expect(folder.complaint.contains("\(scratch.path)/plugins.d: cannot be opened: No such file or directory"))
    let library = try Program.run(["plugins", "check", "./libNone.so"], in: scratch)
    #expect(library.code == 66)
    #expect(library.complaint.contains("the library ./libNone.so cannot be read"))
    let name = try Program.run(["plugins", "check", "nobody"], in: scratch)
    #expect(name.code == 64)
    #expect(name.complaint.contains("there is no provider 'nobody' in \(scratch.path)/plugins.d, which cannot be opened: No such file"))
    let settings = try Program.run(["plugins", "check", "nobody", "--settings", "[]"], in: scratch)
    #expect(settings.code == 64)
    #expect(settings.complaint.contains("--settings must be a JSON object, found '[]'"))
  }

  /// Whoever asks for a provider whose file has a mistake is told the mistake, not that there is no such provider.
  @Test(arguments: [["check", "voice"], ["show", "voice", "--voices"]]) func mistakesOfItsFile(command: [String]) throws {
    let scratch = Scratch()
    try scratch.write("plugins.d/voice.yaml", "librarie: libVoice.so\n")
    try scratch.write("plugins.d/ear.yml", "library: libEar.so\n")
    let answer = try Program.run(["plugins"] + command, in: scratch)
    #expect(answer.code == 78)
    #expect(answer.complaint.contains("\(scratch.path)/plugins.d/voice.yaml:1: librarie: unknown key"))
    #expect(!answer.complaint.contains("ear.yml"))
    let other = try Program.run(["plugins"] + command.map { $0 == "voice" ? "ear" : $0 }, in: scratch)
    #expect(other.code == 78)
    #expect(other.complaint.contains("\(scratch.path)/plugins.d/ear.yml: not read; a provider's file is named <name>.yaml"))
  }

  /// A file that is no plugin fails the check, case by case, and the command ends with 1.
  @Test func checksAPlugin() throws {
    let scratch = Scratch()
    let text = try scratch.write("libText.so", "this is no library")
    let check = try Program.run(["plugins", "check", text], in: scratch)
    #expect(check.code == 1)
    #expect(check.lines.contains { $0.contains("FAIL") })
    #expect(check.lines.last?.contains("does not conform") == true)
    let json = try JSONValue(parsing: try Program.run(["plugins", "check", text, "--json"], in: scratch).output)
    #expect(json["conforms"] == false)
  }
}
