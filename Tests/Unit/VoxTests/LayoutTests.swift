// The ABI's structs as Swift imports them.

import PluginABI
import Testing
import Vox

struct LayoutTests {
  /// Swift sees every struct with the size the headers publish.
  @Test func sizes() {
    #expect(Layout.mismatches() == [])
    #expect(Layout.sizes.count == 39)
  }

  /// A head opens an event with the event's own size.
  @Test func head() {
    let head = Layout.head(vox_ev_text.self, .completed, flags: 3, target: 7, op: 9)
    #expect(head.struct_size == 72)
    #expect(head.kind == 8)
    #expect(head.flags == 3)
    #expect(head.target == 7)
    #expect(head.op == 9)
    #expect(head.at == 0)
  }
}
