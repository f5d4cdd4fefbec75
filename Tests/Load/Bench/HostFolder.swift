// The configuration of a host for measuring: echo providers, callers from WAV files, one tenant.

import Glibc

/// A fresh folder with `plugins.d` and `config`.
struct HostFolder {
  let path: String

  /// - Parameters:
  ///   - calls: the `calls` of the WAV line, JSON as its settings say.
  ///   - echoes: how many providers of the echo plugin; the first serves the tenant.
  init(_ place: Place, calls: String, echoes: Int) throws {
    path = try place.folder("host")
    for sub in ["plugins.d", "config", "config/agents"] { mkdir("\(path)/\(sub)", 0o700) }
    try Machine.write("library: libEcho.so\nsettings: {hears: [\"hello there\"], silence_ms: 200}\n", to: "\(path)/plugins.d/echo.yaml")
    try Machine.write("library: libWavPhone.so\nsettings: {rate: 16000, calls: \(calls)}\n", to: "\(path)/plugins.d/wavphone.yaml")
    for i in 1..<max(echoes, 1) { try Machine.write("library: libEcho.so\n", to: "\(path)/plugins.d/extra\(i).yaml") }
    try Machine.write(
      "id: bench\nname: Bench\nnumbers: {\"*\": agent}\nchains: {stt: echo, llm: echo, tts: echo}\n", to: "\(path)/config/tenant.yaml")
    try Machine.write(
      "name: Agent\ngreeting: hello\nvocabulary: false\nturnTaking: {preemptiveGeneration: false}\n",
      to: "\(path)/config/agents/agent.yaml")
  }
}
