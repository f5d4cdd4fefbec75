// The sockets of a voice: one text after the other on one of them, and a fresh one at hand before its limits are reached.

import DeepgramWire
import PluginKit
import Vox

/// Belongs to a session, on whose queue everything happens.
final class SpeakLine {
  enum Event {
    /// Texts are taken, now or again.
    case free
    /// The socket takes no more texts for now, and no other is to be had.
    case full(ProviderError)
    /// There is no socket, and none is being opened.
    case lost(ProviderError)
  }

  /// A socket with what it may still be asked for.
  private final class Lane {
    let link: Link
    var budget: SpeakBudget
    /// Interruptions that are not confirmed: until then all sound is that of a text nobody wants any more.
    var clears = 0
    var lastWords: JSONValue?

    init(_ link: Link, _ budget: SpeakBudget) {
      self.link = link
      self.budget = budget
    }
  }

  /// Characters that a text which is still being written is taken to have: the host makes no longer sentence.
  private static let usualPiece = 400
  /// A socket that lasted shorter is not opened again by itself: the vendor would be asked over and over.
  private static let shortestLifeNs: UInt64 = 5_000_000_000
  /// Between two attempts at a spare socket that no text waits for.
  private static let spareRestNs: UInt64 = 1_000_000_000

  private let port: SessionPort
  private let access: Access
  private let settings: SpeakSettings
  private let tell: (Event) -> Void
  private var lane: Lane?
  private var spare: Lane?
  /// Nanoseconds; when a spare was asked for last.
  private var spareAskedAt: UInt64 = 0
  private var speech: Speech?
  /// Nanoseconds; when the vendor was asked or said something last.
  private var heardAt: UInt64 = 0
  /// Why it may be silent.
  private var warning: ProviderError?

  init(_ port: SessionPort, _ access: Access, _ settings: SpeakSettings, tell: @escaping (Event) -> Void) {
    self.port = port
    self.access = access
    self.settings = settings
    self.tell = tell
  }

  // MARK: From the session

  /// Opens a socket unless there is one.
  func connect() {
    guard lane == nil else { return }
    do throws(ProviderError) { lane = try open() } catch { tell(.lost(error)) }
  }

  private func open() throws(ProviderError) -> Lane {
    let url = settings.request.url(access.socketBase, rate: port.outRate, isSocket: true)
    return Lane(
      try Link(port, access, url, connectMs: settings.connectMs), SpeakBudget(settings.limits, now: port.host.now))
  }

  /// Says a text if one can be said now; else `.free` follows when one can.
  func say(_ speech: Speech) -> Bool {
    guard self.speech == nil, let lane, lane.link.isOpen else { return false }
    let characters = SpokenText.characters(speech.text)
    guard lane.budget.allows(speech.isTextWhole ? characters : max(characters, Self.usualPiece), now: port.host.now) else {
      guard let spare else {
        prepareSpare()
        return false
      }
      guard spare.link.isOpen else { return false }
      change()
      return say(speech)
    }
    lane.budget.spend(characters, now: port.host.now)
    self.speech = speech
    speech.begin()
    (heardAt, warning) = (port.host.now, nil)
    // What is refused for lack of room is 256 KiB behind: the socket is dead, and its end follows.
    if !speech.text.isEmpty { lane.link.send(settings.request.speak(speech.text)) }
    if speech.isTextWhole { lane.link.send(SpeakRequest.flush) }
    speech.accept()
    refill(lane)
    return true
  }

  /// More of the text that is being said, or its end.
  func more(_ text: String, of speech: Speech) {
    guard self.speech === speech, let lane else { return }
    lane.budget.spendMore(SpokenText.characters(text))
    if !text.isEmpty { lane.link.send(settings.request.speak(text)) }
    guard speech.isTextWhole else { return }
    heardAt = port.host.now
    lane.link.send(SpeakRequest.flush)
    refill(lane)
  }

  /// Ends what is being said; the next text may follow at once.
  func interrupt(_ speech: Speech) {
    guard self.speech === speech, let lane else { return }
    self.speech = nil
    lane.clears += 1
    lane.link.send(SpeakRequest.clear)
  }

  /// When to look whether the vendor has fallen silent; nil when nothing is asked of it: it may wait for the rest of a text.
  var stallDue: UInt64? { speech?.isTextWhole == true ? heardAt &+ UInt64(settings.stallMs) * 1_000_000 : nil }

  func checkForStall() {
    guard let due = stallDue, port.host.now >= due, let lane else { return }
    lane.link.leave(SpeakRequest.close)
    lose(warning ?? DeepgramError.late("stopped sending in the middle of a text"))
  }

  func close() {
    lane?.link.leave(SpeakRequest.close)
    spare?.link.leave(SpeakRequest.close)
    (lane, spare, speech) = (nil, nil, nil)
  }

  // MARK: From the host

  func socket(_ event: SocketEvent) {
    if let event = spare?.link.read(event, now: port.host.now) { return heardOfSpare(event) }
    guard let lane, let event = lane.link.read(event, now: port.host.now) else { return }
    switch event {
    case .open: tell(.free)
    case .sound(let bytes):
      heardAt = port.host.now
      if lane.clears == 0 { speech?.hear(bytes) }
    case .text(let text): read(text, lane)
    case .ended(let ending): ended(ending, lane)
    }
  }

  func refused(_ refusal: WebSocketRefusal) {
    if let event = spare?.link.read(refusal) { return heardOfSpare(event) }
    guard let lane, case .ended(let ending) = lane.link.read(refusal) else { return }
    ended(ending, lane)
  }

  private func read(_ text: String, _ lane: Lane) {
    do throws(ProviderError) {
      heardAt = port.host.now
      switch try SpeakEvent(text) {
      case .flushed where lane.clears == 0: isFree()
      case .cleared where lane.clears > 0: lane.clears -= 1
      case .warned(let error):
        warning = error
        port.host.log(.warning, "Deepgram warns: \(error)", about: port.handle)
      case .failed(let message): lane.lastWords = message
      case .described, .flushed, .cleared, .other: break
      }
    } catch {
      // Nothing that follows on this socket can be trusted.
      lane.link.leave(SpeakRequest.close)
      lose(error)
    }
  }

  private func isFree() {
    let said = speech
    speech = nil
    said?.finish()
    if let lane, let spare, spare.link.isOpen, lane.budget.isLow(now: port.host.now) { change() }
    tell(.free)
  }

  // MARK: The sockets

  /// Has a fresh socket at hand before the limits of this one are reached.
  private func refill(_ lane: Lane) {
    let now = port.host.now
    guard spare == nil, lane.budget.isLow(now: now), now &- spareAskedAt >= Self.spareRestNs else { return }
    prepareSpare()
  }

  private func prepareSpare() {
    spareAskedAt = port.host.now
    do throws(ProviderError) { spare = try open() } catch { lackSpare(error) }
  }

  /// A text that only a fresh socket could say is not kept waiting: the vendor would be asked over and over. While another is being said
  /// nothing is lost, and the next one asks again.
  private func lackSpare(_ error: ProviderError) {
    spare = nil
    port.host.log(.warning, "Deepgram gave no second socket: \(error)", about: port.handle)
    if speech == nil { tell(.full(error)) }
  }

  private func change() {
    lane?.link.leave(SpeakRequest.close)
    (lane, spare) = (spare, nil)
  }

  private func heardOfSpare(_ event: Link.Event) {
    switch event {
    case .open: tell(.free)
    case .ended(let ending): lackSpare(ending.error)
    case .text, .sound: break
    }
  }

  private func ended(_ ending: Link.Ending, _ lane: Lane) {
    guard let lastWords = lane.lastWords, case .closed(let code, _) = ending else { return lose(ending.error) }
    lose(DeepgramError.said(lastWords, closedBy: code))
  }

  /// The socket is gone. A fresh one takes its place, unless that one was refused or did not live.
  private func lose(_ error: ProviderError) {
    let lived = lane.map { $0.link.openedAt > 0 && port.host.now &- $0.link.openedAt >= Self.shortestLifeNs } ?? false
    var error = error
    if error.requestID.isEmpty { error.requestID = lane?.link.requestID ?? "" }
    let (said, next) = (speech, spare)
    (lane, spare, speech) = (next, nil, nil)
    said?.fail(error)
    if lane == nil, lived { connect() }
    if lane == nil, said == nil { tell(.lost(error)) } else if lane?.link.isOpen == true { tell(.free) }
  }
}
