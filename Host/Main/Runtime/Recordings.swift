// Lines that must be heard while no voice works: made at the start while a voice is well, and kept on disk for the next start.

import Base
import Calls
import Config
import Glibc
import Loader
import Logging
import PluginABI
import Sound
import Synchronization
import Tenants
import Vox

/// The sound of every agent's lines of last resort.
final class Recordings: @unchecked Sendable {
  /// A line that takes longer to make is left out; the host does not wait for it.
  private static let limitMs = 20_000
  /// The longest line that is kept; a caller hears no more of a machine that has failed.
  private static let maxSeconds = 15
  /// Made at this rate, which serves every line.
  private static let rate = 16_000

  private let table: SessionTable
  private let folder: String
  private let log: Logger
  private let known = Mutex<[String: [Int16]]>([:])
  /// In which state the tenants' own recordings were read, by their paths.
  private let stamps = Mutex<[String: FileStamp]>([:])

  init(table: SessionTable, folder: String, log: Logger) {
    self.table = table
    self.folder = folder
    self.log = log
  }

  /// The sound of a line at a rate; any thread.
  func sound(_ line: Chain.Line, _ tenant: String, _ agent: String, _ rate: Int) -> Recorded? {
    guard let samples = known.withLock({ $0[Self.key(tenant, agent, line)] }) else { return nil }
    return Recorded(text: line.text, samples: Self.resampled(samples, to: rate))
  }

  /// Makes what is missing, agent by agent; returns when all are there or have been given up.
  func prepare(_ directory: TenantDirectory, providers: any ProviderSource) async {
    mkdir(folder, 0o700)
    for tenant in directory.tenants.values.sorted(by: { $0.id < $1.id }) {
      for agent in tenant.agents.values.sorted(by: { $0.id < $1.id }) {
        let chains = [Role.stt, .llm, .tts].compactMap { agent.chains[$0] ?? tenant.chains[$0] }
        guard let voices = (agent.chains[.tts] ?? tenant.chains[.tts])?.links else { continue }
        for line in agent.linesOfLastResort(chains) { await prepare(line, tenant.id, agent.id, voices, providers) }
      }
    }
  }

  private func prepare(_ line: Chain.Line, _ tenant: String, _ agent: String, _ voices: [Chain.Link], _ providers: any ProviderSource) async
  {
    let key = Self.key(tenant, agent, line)
    let isKnown = known.withLock { $0[key] != nil }
    if let path = line.recording {
      let stamp = FileStamp(path)
      let wasRead = stamps.withLock { stamps in
        defer { stamps[key] = stamp }
        return stamps[key] == stamp
      }
      if line.text.isEmpty || isKnown && wasRead { return }
      return keep(key, read(path), "the recording \(path) of '\(line.text)'")
    }
    guard !line.text.isEmpty, !isKnown else { return }
    for voice in voices {
      guard let provider = providers.provider(voice.provider) else { continue }
      // Another voice, or other words, is another file.
      let path = "\(folder)/\(Self.digest("\(voice.provider)\n\(provider.settings.merging(voice.settings).text)\n\(line.text)")).wav"
      if let samples = read(path), !samples.isEmpty { return keep(key, samples, path) }
      guard let samples = await make(line.text, provider, voice.settings) else { continue }
      do { try write(samples, path) } catch { log.warning("\(path) cannot be kept for the next start: \(error)") }
      return keep(key, samples, path)
    }
    log.warning("no voice has made '\(line.text)' ahead: should all voices fail, callers will not hear it")
  }

  /// Under its name once it is whole: half a line would be played for ever.
  private func write(_ samples: [Int16], _ path: String) throws {
    let writer = try WAVWriter(path: path + ".new", sampleRate: UInt32(Self.rate))
    try writer.append(samples)
    try writer.close()
    guard rename(path + ".new", path) == 0 else { throw Problem(.internal, String(cString: strerror(errno))) }
  }

  private func keep(_ key: String, _ samples: [Int16]?, _ what: String) {
    guard let samples, !samples.isEmpty else { return log.warning("\(what) cannot be used; it must be a WAV file of 16 bits, one channel") }
    known.withLock { $0[key] = Array(samples.prefix(Self.rate * Self.maxSeconds)) }
  }

  private func read(_ path: String) -> [Int16]? {
    guard access(path, R_OK) == 0, let reader = try? WAVReader(path: path) else { return nil }
    var samples = [Int16](repeating: 0, count: min(reader.sampleCount, Int(reader.sampleRate) * Self.maxSeconds))
    let count = samples.withUnsafeMutableBufferPointer { (try? reader.read(into: $0)) ?? 0 }
    samples.removeLast(samples.count - count)
    return Self.resampled(samples, from: Int(reader.sampleRate), to: Self.rate)
  }

  private func make(_ text: String, _ provider: Provider, _ settings: JSONValue) async -> [Int16]? {
    await withCheckedContinuation { (answer: CheckedContinuation<[Int16]?, Never>) in
      table.loop.submit { [table] in
        let take = Take(text: text, limit: table.loop.now.advanced(byMs: Self.limitMs)) { samples, rate in
          answer.resume(returning: samples.map { Self.resampled($0, from: rate, to: Self.rate) })
        }
        take.run(provider, settings, on: table)
      }
    }
  }

  private static func resampled(_ samples: [Int16], from: Int = rate, to: Int) -> [Int16] {
    guard from != to, let resampler = try? Resampler(from: UInt32(from), to: UInt32(to)) else { return samples }
    var out = [Int16](repeating: 0, count: resampler.maxOutput(for: samples.count) + 1024)
    let produced = samples.withUnsafeBufferPointer { input in
      out.withUnsafeMutableBufferPointer { resampler.process(input, into: $0).produced }
    }
    return Array(out.prefix(produced))
  }

  private static func key(_ tenant: String, _ agent: String, _ line: Chain.Line) -> String {
    "\(tenant)/\(agent)/\(line.recording ?? "")/\(line.text)"
  }

  /// FNV-1a, 64 bits: a name for a file, not a seal.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}

/// One line spoken by a voice on a session of its own. It keeps itself alive until it is done.
private final class Take: SessionOwner {
  private let text: String
  private let limit: Instant
  private var done: (([Int16]?, Int) -> Void)?
  private var samples: [Int16] = []
  private var rate = 16_000
  private var session: ProviderSession?
  private var keep: Take?

  init(text: String, limit: Instant, done: @escaping ([Int16]?, Int) -> Void) {
    self.text = text
    self.limit = limit
    self.done = done
  }

  func run(_ provider: Provider, _ settings: JSONValue, on table: SessionTable) {
    keep = self
    session = Registry.open(provider, .tts, settings: settings, rate: 16_000, connectMs: 5000, on: table, owner: self)
  }

  func sessionReady(_ session: ProviderSession) {
    rate = session.outRate
    if session.start(OpKind.say, text: text, deadline: limit) == nil { finish(nil) }
  }

  func session(_ session: ProviderSession, failed error: ProviderError) { finish(nil) }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    switch event.kind {
    case .ttsAudio:
      guard let audio = event.audio, let first = audio.samples, let op = event.op else { return }
      samples += UnsafeBufferPointer(start: first, count: Int(audio.count))
      session.consumed(op, samples: Int(audio.count))
    case .completed: finish(samples)
    case .failed, .cancelled: finish(nil)
    default: break
    }
  }

  private func finish(_ result: [Int16]?) {
    let answer = done
    done = nil
    session?.close(.policy)
    answer?(result, rate)
    keep = nil
  }
}
