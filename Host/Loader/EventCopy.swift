// Copies of events: one block of memory that holds the event and everything it points to.

public import PluginABI
import Vox

/// Knows, for each kind of event, which struct it is and what that struct points to.
public enum EventCopy {
  /// An event with all it points to is at most this long (`vox/event.h`).
  static let maxBytes = 64 << 10
  /// Beside that, a request carries its body and a socket's event its message, of at most 1 MiB (`vox/services`).
  static let maxServiceBytes = maxBytes + (1 << 20)

  /// How the event of a kind looks in memory.
  enum Shape {
    case bare, text, mark, failed, account, audio, words, usage, tool, leg, dtmf, quality, route, socket, httpHead, httpBody,
      refused, socketRefused, state

    init?(_ kind: EventKind) {
      switch kind {
      case .closed, .accepted, .resume, .drain: self = .bare
      case .ready, .completed, .text, .opaque, .progress, .offer, .offerGone: self = .text
      case .interrupted, .resumed, .cancelled, .timer, .speechStarted, .turnEnd, .turnResumed, .flushed, .played: self = .mark
      case .failed: self = .failed
      case .accountState: self = .account
      case .ttsAudio, .lineAudio: self = .audio
      case .transcript, .ttsWords: self = .words
      case .usage: self = .usage
      case .toolBegin, .toolCall: self = .tool
      case .leg: self = .leg
      case .dtmf: self = .dtmf
      case .quality: self = .quality
      case .routeRequest: self = .route
      case .socketOpen, .socketText, .socketBinary, .socketClosed: self = .socket
      case .httpHead, .webSocketOpen: self = .httpHead
      case .httpBody, .httpDone: self = .httpBody
      case .httpFailed, .stateFailed: self = .refused
      case .webSocketRefused: self = .socketRefused
      case .stateItem, .stateStored, .stateConflict, .stateChanged, .leaseHeld, .leaseLost: self = .state
      default: return nil
      }
    }

    var structBytes: Int {
      switch self {
      case .bare: MemoryLayout<vox_event>.size
      case .text: MemoryLayout<vox_ev_text>.size
      case .mark: MemoryLayout<vox_ev_mark>.size
      case .failed: MemoryLayout<vox_ev_failed>.size
      case .account: MemoryLayout<vox_ev_account>.size
      case .audio: MemoryLayout<vox_ev_audio>.size
      case .words: MemoryLayout<vox_ev_words>.size
      case .usage: MemoryLayout<vox_ev_usage>.size
      case .tool: MemoryLayout<vox_ev_tool>.size
      case .leg: MemoryLayout<vox_ev_leg>.size
      case .dtmf: MemoryLayout<vox_ev_dtmf>.size
      case .quality: MemoryLayout<vox_ev_quality>.size
      case .route: MemoryLayout<vox_ev_route>.size
      case .socket: MemoryLayout<vox_ev_socket>.size
      case .httpHead: MemoryLayout<vox_ev_http_head>.size
      case .httpBody: MemoryLayout<vox_ev_http_body>.size
      case .refused: MemoryLayout<vox_ev_refused>.size
      case .socketRefused: MemoryLayout<vox_ev_websocket_refused>.size
      case .state: MemoryLayout<vox_ev_state>.size
      }
    }
  }

  /// Whether this host knows the kind; others are ignored, as the enum is open.
  static func isKnown(_ kind: EventKind) -> Bool { Shape(kind) != nil }

  /// The bytes a copy of `e` needs; nil when the event breaks the contract (wrong size, unknown kind, a length without a
  /// pointer, too long).
  public static func bytes(of e: UnsafePointer<vox_event>) -> Int? {
    guard let shape = Shape(EventKind(rawValue: e.pointee.kind)), Int(e.pointee.struct_size) == shape.structBytes else {
      return nil
    }
    let limit = shape == .route || shape == .socket || shape == .state ? maxServiceBytes : maxBytes
    var sizer = Sizer(total: aligned(shape.structBytes), limit: limit)
    visit(UnsafeMutableRawPointer(mutating: UnsafeRawPointer(e)), shape, &sizer)
    return sizer.isValid && sizer.total <= limit ? sizer.total : nil
  }

  /// Writes the copy to `memory`, which has `bytes(of:)` bytes and is aligned to 8; its pointers point into the copy.
  public static func copy(_ e: UnsafePointer<vox_event>, to memory: UnsafeMutableRawPointer) {
    guard let shape = Shape(EventKind(rawValue: e.pointee.kind)) else { return }
    memory.copyMemory(from: UnsafeRawPointer(e), byteCount: shape.structBytes)
    var mover = Mover(free: memory + aligned(shape.structBytes))
    visit(memory, shape, &mover)
  }

  /// Takes an event that another process laid out as `copy` does. The lengths alone say where each block lies; the addresses in the
  /// bytes are not read but set anew. The caller owns `memory` alone, aligned to 8: nobody may write to it meanwhile.
  ///
  /// - Returns: nil when the event breaks the contract, or its lengths do not add up to `count`.
  public static func adopt(_ memory: UnsafeMutableRawPointer, count: Int) -> UnsafeMutablePointer<vox_event>? {
    guard count >= MemoryLayout<vox_event>.size else { return nil }
    let e = memory.assumingMemoryBound(to: vox_event.self)
    guard let shape = Shape(EventKind(rawValue: e.pointee.kind)), Int(e.pointee.struct_size) == shape.structBytes,
      aligned(shape.structBytes) <= count
    else { return nil }
    var adopter = Adopter(next: memory + aligned(shape.structBytes), left: count - aligned(shape.structBytes))
    visit(memory, shape, &adopter)
    return adopter.isValid && adopter.left == 0 ? e : nil
  }

  private static func aligned(_ n: Int) -> Int { (n + 7) & ~7 }

  /// Calls the visitor for each block of memory the struct points to.
  private static func visit<V: Visitor>(_ raw: UnsafeMutableRawPointer, _ shape: Shape, _ v: inout V) {
    switch shape {
    case .bare, .mark, .dtmf, .quality: break
    case .text:
      let e = raw.assumingMemoryBound(to: vox_ev_text.self)
      v.view(&e.pointee.text)
      v.view(&e.pointee.extra)
    case .failed: error(&raw.assumingMemoryBound(to: vox_ev_failed.self).pointee.error, &v)
    case .account:
      let e = raw.assumingMemoryBound(to: vox_ev_account.self)
      v.view(&e.pointee.detail)
      error(&e.pointee.error, &v)
    case .audio:
      let e = raw.assumingMemoryBound(to: vox_ev_audio.self)
      v.array(&e.pointee.audio.samples, Int(e.pointee.audio.count))
    case .words:
      let e = raw.assumingMemoryBound(to: vox_ev_words.self)
      v.view(&e.pointee.text)
      v.view(&e.pointee.language)
      v.array(&e.pointee.words, Int(e.pointee.nwords))
    case .usage:
      let e = raw.assumingMemoryBound(to: vox_ev_usage.self)
      v.view(&e.pointee.meter)
      v.view(&e.pointee.label)
    case .tool:
      let e = raw.assumingMemoryBound(to: vox_ev_tool.self)
      v.view(&e.pointee.id)
      v.view(&e.pointee.name)
      v.view(&e.pointee.arguments)
    case .leg: v.view(&raw.assumingMemoryBound(to: vox_ev_leg.self).pointee.detail)
    case .route:
      let e = raw.assumingMemoryBound(to: vox_ev_route.self)
      v.view(&e.pointee.method)
      v.view(&e.pointee.url)
      v.view(&e.pointee.body)
      v.pairs(&e.pointee.headers, Int(e.pointee.nheaders))
    case .socket: v.view(&raw.assumingMemoryBound(to: vox_ev_socket.self).pointee.data)
    case .httpHead:
      let e = raw.assumingMemoryBound(to: vox_ev_http_head.self)
      v.pairs(&e.pointee.headers, Int(e.pointee.nheaders))
    case .httpBody: v.view(&raw.assumingMemoryBound(to: vox_ev_http_body.self).pointee.data)
    case .refused: error(&raw.assumingMemoryBound(to: vox_ev_refused.self).pointee.error, &v)
    case .socketRefused:
      let e = raw.assumingMemoryBound(to: vox_ev_websocket_refused.self)
      v.pairs(&e.pointee.headers, Int(e.pointee.nheaders))
      v.view(&e.pointee.body)
      error(&e.pointee.error, &v)
    case .state:
      let e = raw.assumingMemoryBound(to: vox_ev_state.self)
      v.view(&e.pointee.key)
      v.view(&e.pointee.value)
    }
  }

  private static func error<V: Visitor>(_ e: inout vox_error, _ v: inout V) {
    v.view(&e.code)
    v.view(&e.request_id)
    v.view(&e.message)
    v.view(&e.detail)
  }

  private protocol Visitor {
    mutating func view(_ view: inout vox_view)
    mutating func array<T>(_ first: inout UnsafePointer<T>?, _ count: Int)
    mutating func pairs(_ first: inout UnsafePointer<vox_pair>?, _ count: Int)
  }

  /// Adds up what a copy needs.
  private struct Sizer: Visitor {
    var total: Int
    let limit: Int
    var isValid = true

    mutating func view(_ view: inout vox_view) {
      guard view.len <= UInt64(limit), view.len == 0 || view.ptr != nil else { return isValid = false }
      total += aligned(Int(view.len))
    }

    mutating func array<T>(_ first: inout UnsafePointer<T>?, _ count: Int) {
      guard count <= maxBytes / MemoryLayout<T>.stride, count == 0 || first != nil else { return isValid = false }
      total += aligned(count * MemoryLayout<T>.stride)
    }

    mutating func pairs(_ first: inout UnsafePointer<vox_pair>?, _ count: Int) {
      array(&first, count)
      guard isValid, let first else { return }
      for i in 0..<count {
        var pair = first[i]
        view(&pair.name)
        view(&pair.value)
      }
    }
  }

  /// Moves each block behind the struct and points to it.
  private struct Mover: Visitor {
    var free: UnsafeMutableRawPointer

    mutating func view(_ view: inout vox_view) {
      guard view.len > 0, let ptr = view.ptr else { return view = vox_view(ptr: nil, len: 0) }
      free.copyMemory(from: ptr, byteCount: Int(view.len))
      view.ptr = UnsafePointer(free.assumingMemoryBound(to: UInt8.self))
      free += aligned(Int(view.len))
    }

    mutating func array<T>(_ first: inout UnsafePointer<T>?, _ count: Int) {
      guard count > 0, let source = first else { return first = nil }
      free.copyMemory(from: source, byteCount: count * MemoryLayout<T>.stride)
      first = UnsafePointer(free.assumingMemoryBound(to: T.self))
      free += aligned(count * MemoryLayout<T>.stride)
    }

    mutating func pairs(_ first: inout UnsafePointer<vox_pair>?, _ count: Int) {
      array(&first, count)
      guard let first else { return }
      let mine = UnsafeMutablePointer(mutating: first)
      for i in 0..<count {
        view(&mine[i].name)
        view(&mine[i].value)
      }
    }
  }

  /// Points each block at the place where `Mover` put it.
  private struct Adopter: Visitor {
    var next: UnsafeMutableRawPointer
    var left: Int
    var isValid = true

    mutating func view(_ view: inout vox_view) {
      guard isValid, view.len <= UInt64(left) else { return refuse(&view) }
      let bytes = Int(view.len)
      guard let block = take(bytes) else { return refuse(&view) }
      view.ptr = bytes == 0 ? nil : UnsafePointer(block.assumingMemoryBound(to: UInt8.self))
    }

    mutating func array<T>(_ first: inout UnsafePointer<T>?, _ count: Int) {
      first = nil
      guard isValid, count <= left / MemoryLayout<T>.stride, let block = take(count * MemoryLayout<T>.stride) else {
        return isValid = false
      }
      if count > 0 { first = UnsafePointer(block.assumingMemoryBound(to: T.self)) }
    }

    mutating func pairs(_ first: inout UnsafePointer<vox_pair>?, _ count: Int) {
      array(&first, count)
      guard isValid, let first else { return }
      let mine = UnsafeMutablePointer(mutating: first)
      for i in 0..<count {
        view(&mine[i].name)
        view(&mine[i].value)
      }
    }

    private mutating func refuse(_ view: inout vox_view) {
      view = vox_view(ptr: nil, len: 0)
      isValid = false
    }

    /// The next block; nil when the bytes end before it does.
    private mutating func take(_ count: Int) -> UnsafeMutableRawPointer? {
      let size = aligned(count)
      guard size <= left else { return nil }
      defer {
        next += size
        left -= size
      }
      return next
    }
  }
}
