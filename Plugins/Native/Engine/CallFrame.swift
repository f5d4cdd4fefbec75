// The memory of one call: its arguments, its buffers and room for what comes back.

import Glibc

/// Everything C sees of a call; all of it is freed with the frame. One thread at a time.
final class CallFrame {
  /// Bytes behind each buffer that nobody may touch, and what stands in them.
  private static let fence = (bytes: 64, value: UInt8(0xA5))
  /// An argument's place; no type is larger.
  private static let slotBytes = 8

  /// The addresses of the arguments, as `ffi_call` takes them.
  let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Where `ffi_call` leaves what the function returns.
  let answer: UnsafeMutableRawPointer
  private let passed: [Passed]
  private let slots: UnsafeMutableRawPointer
  /// The memory behind the arguments that are pointers, by argument.
  private var memory: [Int: UnsafeMutableRawPointer] = [:]

  init(_ passed: [Passed]) {
    self.passed = passed
    let count = max(passed.count, 1)
    pointers = .allocate(capacity: count)
    slots = .allocate(byteCount: count * Self.slotBytes, alignment: 16)
    answer = .allocate(byteCount: 16, alignment: 16)
    answer.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
    for (i, value) in passed.enumerated() {
      let slot = slots + i * Self.slotBytes
      pointers.advanced(by: i).initialize(to: slot)
      fill(slot, i, value)
    }
  }

  deinit {
    for pointer in memory.values { pointer.deallocate() }
    pointers.deallocate()
    slots.deallocate()
    answer.deallocate()
  }

  private func fill(_ slot: UnsafeMutableRawPointer, _ index: Int, _ value: Passed) {
    switch value {
    case .word(let bits, 1): slot.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
    case .word(let bits, 2): slot.storeBytes(of: UInt16(truncatingIfNeeded: bits), as: UInt16.self)
    case .word(let bits, 4): slot.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
    case .word(let bits, _): slot.storeBytes(of: bits, as: UInt64.self)
    case .text(let text):
      let bytes = Array(text.utf8) + [0]
      let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
      copy.copyMemory(from: bytes, byteCount: bytes.count)
      lend(copy, index, slot)
    case .buffer(let bytes):
      let room = UnsafeMutableRawPointer.allocate(byteCount: bytes + Self.fence.bytes, alignment: 16)
      room.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      (room + bytes).initializeMemory(as: UInt8.self, repeating: Self.fence.value, count: Self.fence.bytes)
      lend(room, index, slot)
    }
  }

  private func lend(_ pointer: UnsafeMutableRawPointer, _ index: Int, _ slot: UnsafeMutableRawPointer) {
    memory[index] = pointer
    slot.storeBytes(of: pointer, as: UnsafeMutableRawPointer.self)
  }

  func size(of index: Int) -> Int { if case .buffer(let bytes) = passed[index] { bytes } else { 0 } }

  /// The buffer that the function wrote beyond, by argument. What lay behind the fence may be damaged as well.
  var overrun: Int? {
    memory.first { index, pointer in
      guard case .buffer(let bytes) = passed[index] else { return false }
      return !UnsafeRawBufferPointer(start: pointer + bytes, count: Self.fence.bytes).allSatisfy { $0 == Self.fence.value }
    }?.key
  }

  /// What the function wrote there, zeros from where it stopped.
  func buffer(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(memory[index] ?? answer) }
}
