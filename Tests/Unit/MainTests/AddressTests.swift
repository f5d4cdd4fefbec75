// Where to listen, as people write it.

import Terminal
import Testing

@Suite struct AddressTests {
  /// A port alone means loopback; IPv6 addresses stand in brackets.
  @Test func readsAddresses() {
    #expect(Address(tcp: "8080") == .tcp("127.0.0.1", 8080))
    #expect(Address(tcp: "0.0.0.0:0") == .tcp("0.0.0.0", 0))
    #expect(Address(tcp: "[::1]:443") == .tcp("::1", 443))
    #expect(Address(tcp: "[::1]:443")?.description == "[::1]:443")
    #expect(Address(tcp: "localhost:1")?.description == "localhost:1")
  }

  /// What is no address is refused.
  @Test(arguments: ["", ":", "host", "host:", ":80", "::1:80", "host:65536", "host:-1", "host:8 0", "1.2.3.4:٣"])
  func refusesNonsense(text: String) {
    #expect(Address(tcp: text) == nil)
  }
}
