// A caller's voice: speaks texts through a provider of the role tts in this process, without a host.

import Base
import Config
import Glibc
import Loader
import PluginABI
import Sound
import Terminal
import Vox

/// One provider at work offline. Use it on one thread; `speak` blocks until everything is on disk.
///
/// The voice is another one than the agent's, because a conversation of one voice with itself is hard to follow, for people and
/// for detectors of echo.
final class SyntheticCaller {
  /// One text and the WAV file it becomes.
  struct Line {
    let text: String
    let path: String
  }

  private let provider: ScannedProvider
  private let manifest: Manifest
  private let voice: String?
  private let secretsFolder: String

  /// - Parameters:
  ///   - scan: the providers to choose from.
  ///   - name: the provider that speaks; nil takes the first one that offers a choice of voices, else the first one that can speak.
  ///   - voice: nil takes the first voice that is not the provider's own.
  init(_ scan: ProviderScan, providers folder: String, name: String?, voice: String?) throws(Stop) {
    let speakers = scan.providers.filter { $0.manifest?.roles[.tts] != nil && scan.problems(of: $0).isEmpty }
    let chosen =
      name.map { name in speakers.first { $0.file.name == name } } ?? speakers.first { !Self.voices($0).isEmpty } ?? speakers.first
    guard let chosen, let manifest = chosen.manifest else {
      let who = name.map { "the provider '\($0)' cannot speak" } ?? "no provider can speak"
      throw Stop(.unavailable, "\(who); --say needs a working provider of the role tts in \(folder) (see: patchbay plugins), or give --wav")
    }
    let voices = Self.voices(chosen)
    if let voice, !voices.isEmpty, !voices.contains(voice) {
      throw Stop(.usage, "\(chosen.file.name) has no voice '\(voice)'; choose one of \(voices.joined(separator: ", "))")
    }
    provider = chosen
    self.manifest = manifest
    self.voice = voice ?? voices.first { $0 != Self.ownVoice(chosen) }
    secretsFolder = folder
  }

  /// Who speaks, for people: `flite (rms)`.
  var description: String { voice.map { "\(provider.file.name) (\($0))" } ?? provider.file.name }

  /// The voices a provider's settings allow.
  private static func voices(_ provider: ScannedProvider) -> [String] {
    (schema(provider)?["enum"]?.array ?? []).compactMap(\.string)
  }

  private static func ownVoice(_ provider: ScannedProvider) -> String? {
    provider.file.settings["voice"]?.string ?? schema(provider)?["default"]?.string
  }

  private static func schema(_ provider: ScannedProvider) -> JSONValue? { provider.manifest?.json["settings"]?["properties"]?["voice"] }

  /// Speaks all lines, one after the other, each into its file.
  func speak(_ lines: [Line]) throws(Stop) {
    guard !lines.isEmpty else { return }
    let clock = SystemClock()
    let loop = CallLoop(index: 0, clock: clock)
    let table = SessionTable(loop: loop)
    let studio = Studio(lines, settings: voice.map { ["voice": .string($0)] } ?? [:], table: table)
    let folder = secretsFolder
    let registry = Registry(
      context: HostContext(clock: clock, tables: [table]), owner: studio, makeLane: { ThreadLane(name: $0, clock: clock) },
      resolveSecret: { reference throws(ProviderError) in
        do throws(Problem) {
          return try SecretReference(reference)?.resolve(relativeTo: folder, masker: Masker()).reveal { $0 } ?? ""
        } catch { throw ProviderError(.auth, error.message) }
      })
    // Kept for ever: a thread of the plugin may call the host through its provider for as long as the process lives.
    _ = Unmanaged.passRetained(registry)
    do throws(ProviderError) {
      try registry.add(provider.file, try Library.open(provider.library, package: provider.file.package))
    } catch { throw Stop(error) }
    // The loop runs on this thread; the studio stops it when the last line is written or something fails.
    studio.begin()
    loop.run()
    if let reason = studio.failure { throw reason }
  }
}

/// The work on one list of lines. Lives on its loop.
private final class Studio: AccountOwner, SessionOwner, TimerTarget, @unchecked Sendable {
  /// An offline synthesiser is many times faster than speech; one that takes so long for a line hangs.
  private static let lineDeadlineMs = 60_000
  private static let connectMs = 10_000
  /// What a voice without a limit of its own is given at once: a few sentences.
  private static let defaultMaxTextBytes = 600

  private let settings: JSONValue
  private let table: SessionTable
  private var lines: ArraySlice<SyntheticCaller.Line>
  private var pieces: ArraySlice<String> = []
  private var samples: [Int16] = []
  private var rate = 0
  private var session: ProviderSession?
  private var timer: TimerID?
  private(set) var failure: Stop?

  init(_ lines: [SyntheticCaller.Line], settings: JSONValue, table: SessionTable) {
    self.lines = lines[...]
    self.settings = settings
    self.table = table
  }

  func begin() { timer = table.loop.timer(self, token: 0, at: table.loop.now.advanced(byMs: Self.lineDeadlineMs)) }

  func timerFired(token: UInt64) { fail("the voice did not finish within \(Self.lineDeadlineMs / 1000) s") }

  // MARK: On the provider's lane

  func provider(_ provider: Provider, accountIs state: Provider.AccountState) {
    table.loop.submit { [self] in
      switch state {
      case .opening, .closed: break
      case .ready, .degraded: if session == nil { open(provider) }
      case .needsAuthorization: fail("\(provider.name) needs to be authorised first")
      case .failed(let error): fail("\(provider.name): \(error.message)")
      }
    }
  }

  func provider(_ provider: Provider, offers call: JSONValue) {}
  func provider(_ provider: Provider, withdrawsOffer id: String) {}

  func provider(_ provider: Provider, logs text: String, level: Int32) {
    if level <= Int32(VOX_LOG_WARNING) { Screen.complain("\(provider.name): \(Screen.plain(text))") }
  }

  // MARK: On the loop

  private func open(_ provider: Provider) {
    session = Registry.open(
      provider, .tts, settings: settings, rate: 16_000, flags: UInt16(VOX_OPEN_CONTROL), connectMs: Self.connectMs, on: table, owner: self)
  }

  func sessionReady(_ session: ProviderSession) { nextLine() }

  func session(_ session: ProviderSession, failed error: ProviderError) { fail("\(session.provider.name): \(error.message)") }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    switch event.kind {
    case .ttsAudio:
      guard let audio = event.audio, let first = audio.samples, let op = event.op else { return }
      rate = Int(audio.rate)
      samples += UnsafeBufferPointer(start: first, count: Int(audio.count))
      session.consumed(op, samples: Int(audio.count))
    case .completed: nextPiece()
    case .failed: fail("\(session.provider.name): \(session.failure(event)?.message ?? "it failed")")
    case .cancelled: fail("\(session.provider.name) stopped speaking")
    default: break
    }
  }

  private func nextLine() {
    guard let line = lines.first else { return finish() }
    let limit = session?.traits.int("text_max_bytes") ?? Self.defaultMaxTextBytes
    pieces = Pieces.of(line.text, atMost: limit)[...]
    samples = []
    nextPiece()
  }

  private func nextPiece() {
    guard let piece = pieces.popFirst() else { return writeLine() }
    table.loop.cancel(timer)
    begin()
    if session?.start(OpKind.say, text: piece) == nil { fail("the voice takes no work") }
  }

  private func writeLine() {
    guard let line = lines.popFirst() else { return }
    guard !samples.isEmpty else { return fail("the voice made no sound of \"\(line.text.prefix(40))\"") }
    do {
      let writer = try WAVWriter(path: line.path, sampleRate: UInt32(rate))
      try writer.append(samples)
      try writer.close()
    } catch { return fail(Stop(writing: error)) }
    nextLine()
  }

  private func fail(_ sentence: String) { fail(Stop(.unavailable, sentence)) }

  private func fail(_ reason: Stop) {
    failure = failure ?? reason
    finish()
  }

  private func finish() {
    table.loop.cancel(timer)
    table.loop.stop()
  }
}
