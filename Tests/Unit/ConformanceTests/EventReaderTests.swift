// Events copied out of a plugin's memory, when their form is wrong.

import PluginABI
import Testing
import Vox

@testable import Conformance

struct EventReaderTests {
  private func read<E>(_ event: E) -> (event: SeenEvent?, clauses: [Clause]) {
    var reader = EventReader()
    let seen = withUnsafePointer(to: event) {
      $0.withMemoryRebound(to: vox_event.self, capacity: 1) { reader.read($0) }
    }
    return (seen, reader.breaches.map(\.clause))
  }

  private func text(_ bytes: [UInt8], kind: EventKind = .text, change: (inout vox_ev_text) -> Void = { _ in }) -> [Clause] {
    bytes.withUnsafeBufferPointer { bytes in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, kind, target: 1, op: 2)
      event.text = vox_view(ptr: bytes.baseAddress, len: UInt64(bytes.count))
      change(&event)
      return read(event).clauses
    }
  }

  /// An event of right form is copied whole.
  @Test func whole() {
    var event = vox_ev_mark()
    event.h = Layout.head(vox_ev_mark.self, .cancelled, target: 1, op: 2)
    event.position = 77
    let (seen, clauses) = read(event)
    #expect(clauses.isEmpty)
    #expect(seen?.op == 2)
    guard case .mark(position: 77, value: 0)? = seen?.payload else {
      Issue.record("the position is lost")
      return
    }
  }

  /// A struct size that is not the event's own is refused without reading on.
  @Test func wrongSize() {
    var event = vox_ev_text()
    event.h = Layout.head(vox_event.self, .text, target: 1, op: 2)
    let (seen, clauses) = read(event)
    #expect(seen == nil)
    #expect(clauses == [.eventSizes])
  }

  /// Text that is not UTF-8, a length without a pointer and more than 64 KiB break the plain-data rules.
  @Test func notPlain() {
    #expect(text(Array("fine".utf8)) == [])
    #expect(text([0xC3, 0x28]) == [.plainEvents])
    #expect(text([]) { $0.text = vox_view(ptr: nil, len: 9) } == [.plainEvents])
    #expect(text(Array(repeating: 65, count: 70_000)) == [.plainEvents])
    #expect(text(Array(repeating: 65, count: 65_536)) == [.plainEvents])
  }

  /// OPAQUE carries bytes, which need not be text.
  @Test func opaqueBytes() { #expect(text([0xC3, 0x28], kind: .opaque) == []) }

  /// A reserved member that is not zero is seen.
  @Test func reserved() { #expect(text([65]) { $0.zero = 1 } == [.reservedZero]) }

  /// The classes that the host alone gives, and numbers outside the lists, are refused in an error.
  @Test(arguments: [(9, 3, 2, true), (10, 0, 0, false), (0, 0, 0, false), (1, 4, 0, false), (1, 0, 3, false)])
  func errorLists(cls: UInt16, scope: UInt16, effects: UInt16, right: Bool) {
    ProviderError(.auth, "The key is wrong.").withVox { error in
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: 1, op: 2)
      event.error = error
      (event.error.cls, event.error.scope, event.error.effects) = (cls, scope, effects)
      #expect(read(event).clauses == (right ? [] : [.errors]))
    }
  }

  /// A failure without a sentence says nothing to anybody.
  @Test func muteError() {
    ProviderError(.auth, "").withVox { error in
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: 1, op: 2)
      event.error = error
      #expect(read(event).clauses == [.errors])
    }
  }

  /// An event that only the host sends, and a count of words without words, are refused; an unknown kind is left alone.
  @Test func strange() {
    #expect(read(Layout.head(vox_event.self, .drain, target: 1)).clauses == [.plainEvents])
    var words = vox_ev_words()
    words.h = Layout.head(vox_ev_words.self, .transcript, target: 1, op: 2)
    words.nwords = 3
    #expect(read(words).clauses == [.plainEvents])
    #expect(read(Layout.head(vox_event.self, EventKind(rawValue: 0x7FFF), target: 1)).clauses.isEmpty)
  }
}
