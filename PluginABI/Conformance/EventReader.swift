// Copies events out of the plugin's memory and holds each against the plain-data rules.

import PluginABI
import Vox

/// Reads one event; what is wrong with its form is collected in `breaches`.
struct EventReader {
  private(set) var breaches: [Breach] = []
  private var bytes = 0
  /// An event is at most this large with all it points to (`vox/event.h`).
  private static let maxBytes = 64 << 10

  /// Nil when the event cannot be read at all.
  mutating func read(_ e: UnsafePointer<vox_event>) -> SeenEvent? {
    let head = e.pointee
    let kind = EventKind(rawValue: head.kind)
    guard let payload = payload(e, kind) else { return nil }
    if bytes > Self.maxBytes {
      note(.plainEvents, "an event of kind \(head.kind) has \(bytes) bytes, at most \(Self.maxBytes) are allowed")
    }
    return SeenEvent(kind: kind, target: head.target, op: head.op, payload: payload)
  }

  private mutating func payload(_ e: UnsafePointer<vox_event>, _ kind: EventKind) -> SeenEvent.Payload? {
    switch kind {
    case .closed, .accepted, .resume: return whole(e, vox_event.self).map { _ in .head }
    case .ready, .completed, .text, .opaque, .progress, .offer, .offerGone: return text(e)
    case .interrupted, .resumed, .cancelled, .speechStarted, .turnEnd, .turnResumed, .flushed, .played: return mark(e)
    case .failed: return whole(e, vox_ev_failed.self).map { .failure(error($0.error)) }
    case .accountState: return account(e)
    case .usage: return usage(e)
    case .ttsAudio, .lineAudio: return audio(e)
    case .ttsWords, .transcript: return words(e)
    case .toolBegin, .toolCall: return tool(e)
    case .leg: return leg(e)
    case .dtmf: return whole(e, vox_ev_dtmf.self).map { _ in .head }
    case .quality:
      guard let quality = whole(e, vox_ev_quality.self) else { return nil }
      zero(quality.zero, kind)
      return .head
    case .drain, .timer, .routeRequest, .socketOpen, .socketText, .socketBinary, .socketClosed:
      note(.plainEvents, "it emits an event of kind \(kind.rawValue), which only the host sends")
      return nil
    default: return .head
    }
  }

  private mutating func text(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_text.self) else { return nil }
    let kind = EventKind(rawValue: event.h.kind)
    zero(event.zero, kind)
    _ = copy(event.extra, kind)
    return .text(copy(event.text, kind, isText: kind != .opaque), index: event.index)
  }

  private mutating func mark(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_mark.self) else { return nil }
    zero(event.zero, EventKind(rawValue: event.h.kind))
    return .mark(position: event.position, value: event.value)
  }

  private mutating func account(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_account.self) else { return nil }
    zero(event.zero, .accountState)
    let detail = copy(event.detail, .accountState)
    return .account(state: event.state, detail: detail, error: event.error.struct_size == 0 ? nil : error(event.error))
  }

  private mutating func usage(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_usage.self) else { return nil }
    zero(event.zero, .usage)
    return .usage(seq: event.seq, amount: event.amount, meter: copy(event.meter, .usage), label: copy(event.label, .usage))
  }

  private mutating func audio(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_audio.self) else { return nil }
    let audio = event.audio
    if Int(audio.struct_size) != MemoryLayout<vox_audio>.size {
      note(.eventSizes, "vox_audio in an event says it has \(audio.struct_size) bytes, it has \(MemoryLayout<vox_audio>.size)")
    }
    if audio.count > 0, audio.samples == nil { note(.plainEvents, "an audio event counts \(audio.count) samples and points to none") }
    bytes += Int(audio.count) * 2
    return .audio(rate: audio.rate, count: audio.count, position: audio.position)
  }

  private mutating func words(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_words.self) else { return nil }
    let kind = EventKind(rawValue: event.h.kind)
    zero(UInt32(event.zero), kind)
    let size = MemoryLayout<vox_word>.size
    let count = Int(event.nwords)
    guard count == 0 || (event.words != nil && count <= Self.maxBytes / size) else {
      note(.plainEvents, "an event of kind \(kind.rawValue) counts \(count) words and does not hold them")
      return nil
    }
    bytes += count * size
    let words = Array(UnsafeBufferPointer(start: event.words, count: count))
    for word in words { zero(UInt32(word.zero), kind) }
    _ = copy(event.language, kind)
    return .words(
      SeenEvent.Words(
        text: copy(event.text, kind), start: event.start, end: event.end,
        isFinal: event.h.flags & UInt16(VOX_TRANSCRIPT_FINAL) != 0, words: words))
  }

  private mutating func tool(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_tool.self) else { return nil }
    let kind = EventKind(rawValue: event.h.kind)
    zero(event.zero, kind)
    return .tool(id: copy(event.id, kind), name: copy(event.name, kind), arguments: copy(event.arguments, kind))
  }

  private mutating func leg(_ e: UnsafePointer<vox_event>) -> SeenEvent.Payload? {
    guard let event = whole(e, vox_ev_leg.self) else { return nil }
    _ = copy(event.detail, .leg)
    return .leg(state: event.state)
  }

  /// An error that crossed, held against the closed lists (`vox/error.h`).
  private mutating func error(_ e: vox_error) -> ProviderError {
    if Int(e.struct_size) != MemoryLayout<vox_error>.size {
      note(.eventSizes, "vox_error in an event says it has \(e.struct_size) bytes, it has \(MemoryLayout<vox_error>.size)")
    }
    zero(e.zero | UInt32(e.flags), .failed)
    if e.cls < 1 || e.cls > UInt16(VOX_ERR_INTERNAL) {
      note(.errors, "a failure has class \(e.cls); a plugin chooses one from 1 (auth) to \(VOX_ERR_INTERNAL) (internal)")
    }
    if ErrorScope(rawValue: e.scope) == nil { note(.errors, "a failure has scope \(e.scope), which is none of the four") }
    if SideEffects(rawValue: e.effects) == nil { note(.errors, "a failure has effects \(e.effects), which is none of the three") }
    for view in [e.code, e.request_id, e.detail] { _ = copy(view, .failed) }
    if copy(e.message, .failed).isEmpty { note(.errors, "a failure of class \(e.cls) says nothing in its message") }
    return ProviderError(e)
  }

  /// The whole struct behind a head that claims exactly its size.
  private mutating func whole<E>(_ e: UnsafePointer<vox_event>, _ type: E.Type) -> E? {
    guard Int(e.pointee.struct_size) == MemoryLayout<E>.size else {
      note(
        .eventSizes,
        "an event of kind \(e.pointee.kind) says it has \(e.pointee.struct_size) bytes, its struct has \(MemoryLayout<E>.size)")
      return nil
    }
    bytes += MemoryLayout<E>.size
    return UnsafeRawPointer(e).loadUnaligned(as: E.self)
  }

  private mutating func copy(_ view: vox_view, _ kind: EventKind, isText: Bool = true) -> String {
    guard view.len > 0 else { return "" }
    guard view.ptr != nil, view.len <= UInt64(Self.maxBytes) else {
      note(.plainEvents, "an event of kind \(kind.rawValue) holds a view of \(view.len) bytes \(view.ptr == nil ? "at no address" : "")")
      return ""
    }
    bytes += Int(view.len)
    if isText, String(validating: view.bytes, as: UTF8.self) == nil {
      note(.plainEvents, "an event of kind \(kind.rawValue) holds text that is not UTF-8")
    }
    return view.string
  }

  private mutating func zero(_ value: UInt32, _ kind: EventKind) {
    if value != 0 { note(.reservedZero, "an event of kind \(kind.rawValue) has \(value) in a reserved member") }
  }

  private mutating func note(_ clause: Clause, _ sentence: String) { breaches.append(Breach(clause, sentence)) }
}
