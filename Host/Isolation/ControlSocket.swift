// The socket between the host and a worker: one message each way at a time, descriptors beside it.

import CLinux
import Glibc

/// A SOCK_SEQPACKET socket. Sending is possible from any thread; one thread receives.
final class ControlSocket: @unchecked Sendable {
  enum Fault: Error, Equatable {
    /// The other side is gone.
    case closed
    /// The other side does not read.
    case stuck
    /// The other side sent what its runtime never sends.
    case breach(String)
  }

  /// What fits one packet; longer payloads travel in a memory file beside it. Linux refuses packets beyond its send buffer (208 KiB).
  private static let maxInline = 16 << 10
  /// A response to an HTTP request, with its body of 8 MiB, is the longest (`vox/services`).
  static let maxPayload = 9 << 20
  /// {kind 16, where 16, id 32, payload bytes 64}
  private static let headBytes = 16
  private static let maxDescriptors = 72

  let descriptor: Int32
  private let packet: UnsafeMutableRawPointer

  /// Takes the descriptor over.
  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    packet = .allocate(byteCount: Self.headBytes + Self.maxInline, alignment: 8)
  }

  deinit {
    close(descriptor)
    packet.deallocate()
  }

  /// Sends one message; the descriptors stay the caller's.
  ///
  /// - Parameter patienceMs: how long to wait for room. 0 = none, for messages that may be lost.
  func send(
    _ kind: MessageKind, id: UInt32 = 0, _ payload: [UInt8] = [], descriptors: [Int32] = [], patienceMs: Int32 = 1000
  ) throws(Fault) {
    var descriptors = descriptors
    let isInline = payload.count <= Self.maxInline
    var file: Int32 = -1
    defer { if file >= 0 { close(file) } }
    if !isInline {
      file = clinux_memory_file("vox-message")
      guard file >= 0, payload.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == payload.count else { throw .stuck }
      descriptors.append(file)
    }
    var packer = Packer()
    packer.number(UInt64(kind.rawValue) | (isInline ? 0 : 1 << 16) | UInt64(id) << 32)
    packer.number(payload.count)
    let bytes = isInline ? packer.bytes + payload : packer.bytes
    while true {
      switch clinux_send(descriptor, bytes, UInt64(bytes.count), descriptors, Int32(descriptors.count)) {
      case 0: return
      case EAGAIN:
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard patienceMs > 0, poll(&wait, 1, patienceMs) > 0 else { throw .stuck }
      default: throw .closed
      }
    }
  }

  /// The next message, or nil when none waits. Never blocks.
  func receive() throws(Fault) -> Message? {
    var descriptors = [Int32](repeating: -1, count: Self.maxDescriptors)
    var count = Int32(descriptors.count)
    let got = clinux_receive(descriptor, packet, UInt64(Self.headBytes + Self.maxInline), &descriptors, &count)
    if got == -Int64(EAGAIN) { return nil }
    if got == -Int64(EMSGSIZE) { throw .breach("it sent a message that is too long, or too many descriptors") }
    guard got > 0 else { throw .closed }
    descriptors.removeLast(descriptors.count - Int(count))
    do throws(Fault) { return try read(Int(got), &descriptors) } catch {
      for fd in descriptors { close(fd) }
      throw error
    }
  }

  private func read(_ got: Int, _ descriptors: inout [Int32]) throws(Fault) -> Message {
    guard got >= Self.headBytes else { throw .breach("it sent a message of \(got) bytes") }
    let head = packet.load(as: UInt64.self)
    let length = packet.load(fromByteOffset: 8, as: UInt64.self)
    guard let kind = MessageKind(rawValue: UInt16(truncatingIfNeeded: head)), length <= UInt64(Self.maxPayload) else {
      throw .breach("it sent a message of an unknown kind or of \(length) bytes")
    }
    var payload: [UInt8]
    if UInt16(truncatingIfNeeded: head >> 16) == 0 {
      guard length == UInt64(got - Self.headBytes) else { throw .breach("it sent a message that is shorter than it says") }
      payload = Array(UnsafeRawBufferPointer(start: packet + Self.headBytes, count: Int(length)))
    } else {
      guard let file = descriptors.popLast() else { throw .breach("it sent a long message without its memory") }
      defer { close(file) }
      payload = [UInt8](repeating: 0, count: Int(length))
      // Read, not mapped: the sender could cut a mapping short under our hands.
      let count = payload.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
      guard count == Int(length) else { throw .breach("it sent a long message that is shorter than it says") }
    }
    return Message(kind: kind, id: UInt32(truncatingIfNeeded: head >> 32), payload: payload, descriptors: descriptors)
  }
}
