// One piece of work: everything a provider can say about it.

public import PluginABI
import Synchronization
public import Vox

/// A running op. Its methods may be called from any thread; after the terminal event all of them do nothing.
public final class Op: @unchecked Sendable {
  public let host: Host
  public let session: vox_handle
  public let handle: vox_handle
  private let ended = Atomic(false)
  private let cancelledFlag = Atomic(false)
  private let later = Atomic(false)
  private let usageSeq = Atomic<UInt32>(0)

  init(host: Host, session: vox_handle, handle: vox_handle) {
    self.host = host
    self.session = session
    self.handle = handle
  }

  /// The host has let go of this op; stop working for it.
  public var isCancelled: Bool { cancelledFlag.load(ordering: .acquiring) }
  /// The terminal event has been sent.
  public var isOver: Bool { ended.load(ordering: .acquiring) }

  func markCancelled() { cancelledFlag.store(true, ordering: .releasing) }
  var endsByItself: Bool { later.load(ordering: .acquiring) }

  /// Called inside `Session.cancel`: the terminal event follows later (within the trait `cancel_grace_ms`), with last usage.
  public func endsLater() { later.store(true, ordering: .releasing) }

  /// The vendor took the work.
  public func accepted() { host.emit(Layout.head(vox_event.self, .accepted, target: session, op: handle)) }

  /// Room again after a push was answered `.wouldBlock`.
  public func resume() { host.emit(Layout.head(vox_event.self, .resume, target: session, op: handle)) }

  /// The next piece of an answer, or any event that is text.
  @discardableResult
  public func text(_ text: String, kind: EventKind = .text, index: Int = 0) -> PushResult {
    withView(text) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, kind, target: session, op: handle)
      event.index = UInt32(truncatingIfNeeded: index)
      event.text = view
      return result(host.emit(event))
    }
  }

  /// A whole tool call; `arguments` is an object.
  @discardableResult
  public func toolCall(id: String, name: String, arguments: JSONValue, index: Int = 0) -> PushResult {
    withView(id) { id in
      withView(name) { name in
        withView(arguments.text) { arguments in
          var event = vox_ev_tool()
          event.h = Layout.head(vox_ev_tool.self, .toolCall, target: session, op: handle)
          event.index = UInt32(truncatingIfNeeded: index)
          event.id = id
          event.name = name
          event.arguments = arguments
          return result(host.emit(event))
        }
      }
    }
  }

  /// Up to 200 ms of sound. `.wouldBlock`: keep it until `Session.resume(_:)`.
  @discardableResult
  public func audio(_ samples: UnsafeBufferPointer<Int16>, rate: Int, position: UInt64) -> PushResult {
    var event = vox_ev_audio()
    event.h = Layout.head(vox_ev_audio.self, .ttsAudio, target: session, op: handle)
    event.audio = vox_audio(
      struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: 0, stream: 0, rate: UInt32(rate),
      count: UInt32(samples.count), position: position, samples: samples.baseAddress)
    return result(host.emit(event))
  }

  /// What was heard (`final` or not), or when which word is said. Times are samples of the op.
  @discardableResult
  public func words(
    _ kind: EventKind, text: String, start: UInt64, end: UInt64, final: Bool = false, confidence: Int = 0,
    words: [vox_word] = []
  ) -> PushResult {
    withView(text) { view in
      words.withUnsafeBufferPointer { words in
        var event = vox_ev_words()
        event.h = Layout.head(
          vox_ev_words.self, kind, flags: final ? UInt16(VOX_TRANSCRIPT_FINAL) : 0, target: session, op: handle)
        event.start = start
        event.end = end
        event.nwords = UInt32(words.count)
        event.confidence = UInt16(clamping: confidence)
        event.text = view
        event.words = words.baseAddress
        return result(host.emit(event))
      }
    }
  }

  /// A position with a value, e.g. TURN_END, FLUSHED, PLAYED.
  @discardableResult
  public func mark(_ kind: EventKind, position: UInt64, value: UInt64 = 0, flags: UInt16 = 0) -> PushResult {
    var event = vox_ev_mark()
    event.h = Layout.head(vox_ev_mark.self, kind, flags: flags, target: session, op: handle)
    event.position = position
    event.value = value
    return result(host.emit(event))
  }

  /// What was consumed so far, in the meter's own unit; cumulative per meter.
  public func usage(_ meter: String, _ amount: UInt64, label: String = "", estimated: Bool = false) {
    let seq = usageSeq.wrappingAdd(1, ordering: .relaxed).newValue
    withView(meter) { meter in
      withView(label) { label in
        var event = vox_ev_usage()
        event.h = Layout.head(
          vox_ev_usage.self, .usage, flags: estimated ? UInt16(VOX_USAGE_ESTIMATED) : 0, target: session, op: handle)
        event.seq = seq
        event.amount = amount
        event.meter = meter
        event.label = label
        host.emit(event)
      }
    }
  }

  /// Ends the op well; `result` is the JSON of its kind.
  public func completed(_ result: JSONValue = .object([:])) {
    guard end() else { return }
    _ = text(result.text, kind: .completed)
  }

  /// Ends the op badly.
  public func failed(_ error: ProviderError) {
    guard end() else { return }
    error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: session, op: handle)
      event.error = $0
      host.emit(event)
    }
  }

  /// Ends a cancelled op; `position` is what was played or dealt with, in samples.
  public func cancelled(position: UInt64 = 0) {
    guard end() else { return }
    mark(.cancelled, position: position)
  }

  /// True for the one call that may send the terminal event.
  private func end() -> Bool { !ended.exchange(true, ordering: .acquiringAndReleasing) }

  private func result(_ status: vox_status) -> PushResult { PushResult(rawValue: status) ?? .invalid }
}
