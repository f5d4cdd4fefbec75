// Which hosts a provider may reach.

import Testing
import Vox

@testable import Services

struct ReachTests {
  /// The manifest's names are reached with TLS only, on the port they say; the operator's origins as they are written.
  @Test(arguments: [
    ("https://api.acme.com/v1", true), ("wss://api.acme.com/v1", true), ("https://API.ACME.COM./v1", true),
    ("https://api.acme.com:443", true),
    ("http://api.acme.com/v1", false), ("ws://api.acme.com/v1", false), ("https://api.acme.com:8443/", false),
    ("https://other.acme.com/", false), ("https://api.acme.com.evil.example/", false), ("https://evil-api.acme.com/", false),
    ("https://eu.acme.net/", true), ("https://a.b.acme.net/", true), ("https://acme.net/", false), ("https://xacme.net/", false),
    ("https://files.acme.org:8443/", true), ("https://files.acme.org/", false),
    ("http://10.0.0.5:8000/x", true), ("https://10.0.0.5:8000/x", false), ("http://10.0.0.5/x", false), ("http://[::1]:9000/", true),
    ("https://own.example/hook", true), ("http://127.0.0.1:9999/v1/x", true), ("ws://127.0.0.1:9999/", true),
    ("http://127.0.0.1:9998/", false), ("http://0177.0.0.1:9999/", true), ("https://tenant.example/", false),
  ])
  func allows(url: String, isAllowed: Bool) throws {
    let reach = Reach(
      manifest: ["api.acme.com", "*.acme.net", "files.acme.org:8443"],
      operator: ["http://10.0.0.5:8000", "own.example", "http://[::1]:9000"],
      settings: ["base_url": "http://127.0.0.1:9999/v1", "model": "https://tenant.example"])
    #expect(reach.problems == [])
    #expect(reach.allows(try #require(Address(url))) == isAllowed)
  }

  /// What is no host is told, and grants nothing.
  @Test func problems() {
    let reach = Reach(
      manifest: ["http://plain.example", "a b", "*", "x/y", ""], operator: ["ftp://x"],
      settings: ["realtime_url": "nonsense", "file_url": 3])
    #expect(reach.rules == [])
    #expect(reach.problems.count == 7)
  }

  /// A URL means to the check what it means to the transfer.
  @Test func addresses() throws {
    let address = try #require(Address("wss://Example.com:8443/a%20b?x=1#y"))
    #expect(address.isSecure)
    #expect(address.authority == "example.com:8443")
    #expect(address.target == "/a%20b?x=1")
    for text in [
      "", "example.com", "/path", "https://", "https://user@x/", "https://x:0/", "https://x:99999/", "file:///etc/passwd", "https://x/\n",
    ] {
      #expect(Address(text) == nil, "\(text)")
    }
  }
}
