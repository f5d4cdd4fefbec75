// How a call to a session's function lies in the ring.

import PluginABI

/// The kinds of records. Written by the host, read by the worker.
enum CallKind: UInt32 {
  case start = 1
  case pushAudio, pushBytes, finalize, cancel, deliver, close
  /// A record too long for the ring: its bytes come over the socket under a number, its place in the order is here.
  case spilled
}

/// The kind of record that a worker writes: an event as `EventCopy` lays it out.
enum EventRecord { static let kind: UInt32 = 1 }

/// The kind of record that goes ahead of a cancel or a close: {op, or 0 for all; how much had been written to the ring of calls}.
enum AheadRecord { static let kind: UInt32 = 1 }

/// The layouts. Structs are copied whole, followed by what they point to, each block aligned to 8 bytes; the pointers in them mean
/// nothing on the other side and are set anew from the lengths.
enum CallRecord {
  static let opBytes = 8
  /// {op or reason, mark, deadline or position}
  static let wordsBytes = 16

  // MARK: start

  static func bytes(_ r: vox_request) -> Int? {
    var total = opBytes + MemoryLayout<vox_request>.size
    for view in [r.text, r.body, r.idempotency_key] {
      guard view.len <= UInt64(ControlSocket.maxPayload), view.len == 0 || view.ptr != nil else { return nil }
      total += Ring.aligned(Int(view.len))
    }
    return total <= ControlSocket.maxPayload - 4096 ? total : nil
  }

  static func write(_ op: vox_handle, _ r: vox_request, to memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: op, as: UInt64.self)
    (memory + opBytes).storeBytes(of: r, as: vox_request.self)
    var place = memory + opBytes + MemoryLayout<vox_request>.size
    for view in [r.text, r.body, r.idempotency_key] {
      guard let ptr = view.ptr, view.len > 0 else { continue }
      place.copyMemory(from: ptr, byteCount: Int(view.len))
      place += Ring.aligned(Int(view.len))
    }
  }

  static func request(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<vox_request> {
    let request = (memory + opBytes).assumingMemoryBound(to: vox_request.self)
    var place = memory + opBytes + MemoryLayout<vox_request>.size
    func settle(_ view: inout vox_view) {
      view.ptr = view.len == 0 ? nil : UnsafePointer(place.assumingMemoryBound(to: UInt8.self))
      place += Ring.aligned(Int(view.len))
    }
    settle(&request.pointee.text)
    settle(&request.pointee.body)
    settle(&request.pointee.idempotency_key)
    return request
  }

  // MARK: push_audio

  static func bytes(_ a: vox_audio) -> Int { opBytes + MemoryLayout<vox_audio>.size + Int(a.count) * 2 }

  @inline(__always)
  static func write(_ op: vox_handle, _ a: vox_audio, to memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: op, as: UInt64.self)
    (memory + opBytes).storeBytes(of: a, as: vox_audio.self)
    guard let samples = a.samples else { return }
    (memory + opBytes + MemoryLayout<vox_audio>.size).copyMemory(from: samples, byteCount: Int(a.count) * 2)
  }

  @inline(__always)
  static func audio(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<vox_audio> {
    let audio = (memory + opBytes).assumingMemoryBound(to: vox_audio.self)
    let samples = memory + opBytes + MemoryLayout<vox_audio>.size
    audio.pointee.samples = audio.pointee.count == 0 ? nil : UnsafePointer(samples.assumingMemoryBound(to: Int16.self))
    return audio
  }

  // MARK: the rest

  /// The op, or the first word of a record that has none.
  static func op(_ memory: UnsafeRawPointer) -> UInt64 { memory.load(as: UInt64.self) }
  static func second(_ memory: UnsafeRawPointer) -> UInt64 { memory.load(fromByteOffset: 8, as: UInt64.self) }

  static func write(_ first: UInt64, _ second: UInt64, to memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: first, as: UInt64.self)
    memory.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
  }

  /// The bytes behind an op and a length.
  static func view(_ memory: UnsafeMutableRawPointer) -> vox_view {
    let count = second(memory)
    return vox_view(ptr: count == 0 ? nil : UnsafePointer((memory + wordsBytes).assumingMemoryBound(to: UInt8.self)), len: count)
  }
}
