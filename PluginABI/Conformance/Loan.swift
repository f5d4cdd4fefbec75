// Memory that is lent to the plugin for one call and made unusable right after it.

import Glibc
import PluginABI

/// Lends memory for one call at a time.
final class Lender {
  /// After the call the memory becomes unreadable, so that a plugin which kept a pointer ends at the very place it uses it.
  /// Otherwise it is overwritten, so that what was kept turns into nonsense.
  var seals = false

  func lend<R>(_ body: (Loan) throws -> R) rethrows -> R {
    let loan = Loan()
    defer { loan.end(sealing: seals) }
    return try body(loan)
  }
}

/// Everything that one call lends: structs, texts, samples, all in pages of their own.
final class Loan {
  private var pages: [UnsafeMutableRawBufferPointer] = []
  private var used = 0
  /// One mapping of this size serves nearly every call.
  private static let usual = 16 << 10

  func view(_ text: String) -> vox_view {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { return vox_view(ptr: nil, len: 0) }
    let place = allocate(bytes.count, 1)
    place.copyBytes(from: bytes)
    return vox_view(ptr: UnsafePointer(place.baseAddress?.assumingMemoryBound(to: UInt8.self)), len: UInt64(bytes.count))
  }

  func place<T: BitwiseCopyable>(_ value: T) -> UnsafeMutablePointer<T> {
    let place = allocate(MemoryLayout<T>.size, MemoryLayout<T>.alignment).bindMemory(to: T.self)
    // `allocate` answers memory of the size asked for, so the base address is there.
    let pointer = place.baseAddress.unsafelyUnwrapped
    pointer.initialize(to: value)
    return pointer
  }

  /// So many bytes, aligned to 8.
  func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    // `allocate` answers memory of the size asked for, so the base address is there.
    allocate(count, 8).baseAddress.unsafelyUnwrapped
  }

  func samples(_ samples: ArraySlice<Int16>) -> UnsafePointer<Int16>? {
    guard !samples.isEmpty else { return nil }
    let place = allocate(samples.count * 2, 2).bindMemory(to: Int16.self)
    _ = place.initialize(from: samples)
    return UnsafePointer(place.baseAddress)
  }

  func pairs(_ pairs: [(name: String, value: String)]) -> UnsafePointer<vox_pair>? {
    guard !pairs.isEmpty else { return nil }
    let place = allocate(pairs.count * MemoryLayout<vox_pair>.stride, MemoryLayout<vox_pair>.alignment).bindMemory(to: vox_pair.self)
    for (i, pair) in pairs.enumerated() { place[i] = vox_pair(name: view(pair.name), value: view(pair.value)) }
    return UnsafePointer(place.baseAddress)
  }

  private func allocate(_ count: Int, _ alignment: Int) -> UnsafeMutableRawBufferPointer {
    used = (used + alignment - 1) / alignment * alignment
    if pages.last.map({ used + count > $0.count }) ?? true {
      let size = max((count + 4095) / 4096 * 4096, Self.usual)
      let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      precondition(mapped != MAP_FAILED, "no memory is left to lend")
      pages.append(UnsafeMutableRawBufferPointer(start: mapped, count: size))
      used = 0
    }
    defer { used += count }
    return UnsafeMutableRawBufferPointer(rebasing: pages[pages.count - 1][used..<used + count])
  }

  fileprivate func end(sealing: Bool) {
    for page in pages {
      guard sealing else {
        // 0xDD is neither text nor a plausible length or pointer. The page stays mapped: see Lender.
        page.initializeMemory(as: UInt8.self, repeating: 0xDD)
        Self.graveyard.bury(page)
        continue
      }
      mprotect(page.baseAddress, page.count, PROT_NONE)
    }
  }

  private static let graveyard = Graveyard()

  /// Keeps overwritten pages readable for a while: a late look finds nonsense rather than somebody else's memory.
  private final class Graveyard: @unchecked Sendable {
    private let monitor = Monitor()
    private var pages: [UnsafeMutableRawBufferPointer] = []

    func bury(_ page: UnsafeMutableRawBufferPointer) {
      monitor.locked {
        pages.append(page)
        guard pages.count > 512 else { return }
        for page in pages.prefix(256) { munmap(page.baseAddress, page.count) }
        pages.removeFirst(256)
      }
    }
  }
}
