// Events are copied whole, or refused.

import PluginABI
import Testing
import Vox

@testable import Loader

@Suite struct EventCopyTests {
  /// Copies an event as the ring does and hands the copy on; nil when it is refused.
  private func copy<E, R>(_ event: E, _ body: (UnsafePointer<E>) -> R) -> R? {
    withUnsafePointer(to: event) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { head in
        guard let bytes = EventCopy.bytes(of: head) else { return nil }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 0xEE, count: bytes + 64)
        defer { memory.deallocate() }
        EventCopy.copy(head, to: memory)
        // Nothing was written behind what had been asked for.
        #expect((0..<64).allSatisfy { memory.load(fromByteOffset: bytes + $0, as: UInt8.self) == 0xEE })
        return body(UnsafePointer(memory.assumingMemoryBound(to: E.self)))
      }
    }
  }

  private func text(_ body: (vox_ev_text) -> vox_ev_text = { $0 }) -> vox_ev_text {
    var event = vox_ev_text()
    event.h = Layout.head(vox_ev_text.self, .text, target: 5, op: 7)
    return body(event)
  }

  /// Text and what stands beside it live on in the copy after the sender's memory is gone.
  @Test func textIsCopied() {
    var bytes = Array("hello".utf8)
    let copied = bytes.withUnsafeMutableBufferPointer { lent -> String? in
      var event = text()
      event.text = vox_view(ptr: UnsafePointer(lent.baseAddress), len: 5)
      event.extra = vox_view(ptr: UnsafePointer(lent.baseAddress), len: 2)
      return copy(event) { copied in
        for i in lent.indices { lent[i] = 0x58 }
        return copied.pointee.text.string + "/" + copied.pointee.extra.string + "/\(copied.pointee.h.op)"
      }
    }
    #expect(copied == "hello/he/7")
  }

  /// Sound, words, headers of a request: arrays and what they point to.
  @Test func arraysAreCopied() {
    let samples: [Int16] = [1, -2, 3]
    let sound = samples.withUnsafeBufferPointer { lent -> [Int16]? in
      var event = vox_ev_audio()
      event.h = Layout.head(vox_ev_audio.self, .ttsAudio, target: 5, op: 7)
      event.audio.count = 3
      event.audio.samples = lent.baseAddress
      return copy(event) { copied in
        #expect(copied.pointee.audio.samples != lent.baseAddress)
        return Array(UnsafeBufferPointer(start: copied.pointee.audio.samples, count: 3))
      }
    }
    #expect(sound == samples)
    let header = withView("name") { name in
      withView("value") { value -> String? in
        let pairs = [vox_pair(name: name, value: value), vox_pair(name: value, value: name)]
        return pairs.withUnsafeBufferPointer { pairs in
          var event = vox_ev_route()
          event.h = Layout.head(vox_ev_route.self, .routeRequest, target: 5)
          event.nheaders = 2
          event.headers = pairs.baseAddress
          event.method = name
          return copy(event) { copied in
            guard let headers = copied.pointee.headers else { return "none" }
            return (0..<2).map { "\(headers[$0].name.string)=\(headers[$0].value.string)" }.joined(separator: " ")
              + copied.pointee.method.string
          }
        }
      }
    }
    #expect(header == "name=value value=namename")
  }

  /// What breaks the contract is refused: a wrong size, an unknown kind, a length without a pointer, more than 64 KiB.
  @Test func refused() {
    let byte: [UInt8] = [1]
    byte.withUnsafeBufferPointer { lent in
      let bad: [vox_ev_text] = [
        text {
          var e = $0; e.h.struct_size -= 8; return e
        },
        text {
          var e = $0; e.h.struct_size = 0; return e
        },
        text {
          var e = $0; e.h.kind = 9999; return e
        },
        text {
          var e = $0; e.text = vox_view(ptr: nil, len: 1); return e
        },
        text {
          var e = $0; e.text = vox_view(ptr: lent.baseAddress, len: .max); return e
        },
        text {
          var e = $0; e.text = vox_view(ptr: lent.baseAddress, len: 65_536); return e
        },
      ]
      for event in bad { #expect(copy(event) { _ in 1 } == nil) }
    }
    var words = vox_ev_words()
    words.h = Layout.head(vox_ev_words.self, .transcript, target: 5, op: 7)
    words.nwords = .max
    #expect(copy(words) { _ in 1 } == nil)
    // A pointer without a length is nothing, and is not followed.
    var empty = text()
    empty.text = vox_view(ptr: UnsafePointer(bitPattern: 8), len: 0)
    #expect(copy(empty) { $0.pointee.text.string } == "")
  }

  /// Every kind that the host takes or sends has a shape, and its struct's size is the one of the headers.
  @Test func everyKind() {
    let sizes: [(EventKind, Int)] = [
      (.ready, 72), (.interrupted, 56), (.closed, 32), (.accepted, 32), (.usage, 80), (.completed, 72), (.cancelled, 56), (.failed, 120),
      (.resume, 32),
      (.drain, 32), (.timer, 56), (.accountState, 144), (.speechStarted, 56), (.transcript, 96), (.turnEnd, 56), (.flushed, 56),
      (.text, 72),
      (.toolBegin, 88), (.toolCall, 88), (.opaque, 72), (.ttsAudio, 64), (.ttsWords, 96), (.progress, 72), (.offer, 72), (.offerGone, 72),
      (.leg, 56),
      (.lineAudio, 64), (.dtmf, 40), (.played, 56), (.quality, 48), (.routeRequest, 112), (.socketOpen, 64), (.socketClosed, 64),
      (.webSocketOpen, 72), (.webSocketRefused, 160), (.httpHead, 72), (.httpBody, 56), (.httpDone, 56), (.httpFailed, 128),
      (.stateItem, 80), (.stateStored, 80), (.stateConflict, 80), (.stateChanged, 80), (.stateFailed, 128), (.leaseHeld, 80),
      (.leaseLost, 80),
    ]
    for (kind, size) in sizes { #expect(EventCopy.Shape(kind)?.structBytes == size, "\(kind.rawValue)") }
  }
}
