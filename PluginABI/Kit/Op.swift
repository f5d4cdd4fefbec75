// One piece of work: everything a provider can say about it.

public import PluginABI
import Synchronization
public import Vox

/// A running op. Its methods may be called from any thread; after the terminal event all of them do nothing.
public final class Op: @unchecked Sendable {
  public let host: Host
  public let session: vox_handle
  public let handle: vox_handle
  /// Guards the order: whoever emits does so before the terminal event or not at all, whichever thread it is on.
  private let course = Mutex(Course())
  private let cancelledFlag = Atomic(false)
  private let later = Atomic(false)

  private struct Course {
    var isOver = false
    var usageSeq: UInt32 = 0
  }

  init(host: Host, session: vox_handle, handle: vox_handle) {
    self.host = host
    self.session = session
    self.handle = handle
  }

  /// The host has let go of this op; stop working for it.
  public var isCancelled: Bool { cancelledFlag.load(ordering: .acquiring) }
  /// The terminal event has been sent.
  public var isOver: Bool { course.withLock { $0.isOver } }

  func markCancelled() { cancelledFlag.store(true, ordering: .releasing) }
  var endsByItself: Bool { later.load(ordering: .acquiring) }

  /// Called inside `Session.cancel`: the terminal event follows later (within the trait `cancel_grace_ms`), with last usage.
  public func endsLater() { later.store(true, ordering: .releasing) }

  /// The vendor took the work.
  public func accepted() { _ = send(Layout.head(vox_event.self, .accepted, target: session, op: handle)) }

  /// Room again after a push was answered `.wouldBlock`.
  public func resume() { _ = send(Layout.head(vox_event.self, .resume, target: session, op: handle)) }

  /// The next piece of an answer, or any event that is text.
  @discardableResult
  public func text(_ text: String, kind: EventKind = .text, index: Int = 0) -> PushResult {
    withView(text) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, kind, target: session, op: handle)
      event.index = UInt32(truncatingIfNeeded: index)
      event.text = view
      return send(event)
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
          return send(event)
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
    return send(event)
  }

  /// What was heard (`final` or not), or when which word is said. Times are samples of the op.
  ///
  /// - Parameter language: that was spoken, BCP 47; empty = the one asked for.
  @discardableResult
  public func words(
    _ kind: EventKind, text: String, start: UInt64, end: UInt64, final: Bool = false, confidence: Int = 0, language: String = "",
    words: [vox_word] = []
  ) -> PushResult {
    withView(text) { view in
      withView(language) { language in
        words.withUnsafeBufferPointer { words in
          var event = vox_ev_words()
          event.h = Layout.head(
            vox_ev_words.self, kind, flags: final ? UInt16(VOX_TRANSCRIPT_FINAL) : 0, target: session, op: handle)
          event.start = start
          event.end = end
          event.nwords = UInt32(words.count)
          event.confidence = UInt16(clamping: confidence)
          event.text = view
          event.language = language
          event.words = words.baseAddress
          return send(event)
        }
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
    return send(event)
  }

  /// What was consumed so far, in the meter's own unit; cumulative per meter.
  ///
  /// - Parameter amount: is worked out when it is this report's turn, so that of two threads that report at once none tells of less than
  ///   the one before it. It must use nothing of the op.
  public func usage(_ meter: String, _ amount: @autoclosure () -> UInt64, label: String = "", estimated: Bool = false) {
    withView(meter) { meter in
      withView(label) { label in
        course.withLock { course in
          guard !course.isOver else { return }
          course.usageSeq &+= 1
          var event = vox_ev_usage()
          event.h = Layout.head(
            vox_ev_usage.self, .usage, flags: estimated ? UInt16(VOX_USAGE_ESTIMATED) : 0, target: session, op: handle)
          event.seq = course.usageSeq
          event.amount = amount()
          event.meter = meter
          event.label = label
          host.emit(event)
        }
      }
    }
  }

  /// Ends the op well; `result` is the JSON of its kind.
  public func completed(_ result: JSONValue = .object([:])) {
    withView(result.text) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, .completed, target: session, op: handle)
      event.text = view
      end(with: event)
    }
  }

  /// Ends the op badly.
  public func failed(_ error: ProviderError) {
    error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: session, op: handle)
      event.error = $0
      end(with: event)
    }
  }

  /// Ends a cancelled op; `position` is what was played or dealt with, in samples.
  public func cancelled(position: UInt64 = 0) {
    var event = vox_ev_mark()
    event.h = Layout.head(vox_ev_mark.self, .cancelled, target: session, op: handle)
    event.position = position
    end(with: event)
  }

  /// Emits unless the op is over. The host's emit only enqueues, so the lock is held for well under a microsecond.
  private func send<E>(_ event: E) -> PushResult {
    course.withLock { $0.isOver ? .stale : PushResult(rawValue: host.emit(event)) ?? .invalid }
  }

  /// Emits the terminal event, once.
  private func end<E>(with event: E) {
    course.withLock { course in
      guard !course.isOver else { return }
      course.isOver = true
      host.emit(event)
    }
  }
}
