// Where plugins may serve, and the URLs they are told.

import Testing

@testable import API

struct RoutePathTests {
  private func served(_ path: String, grants: [String] = ["/phone", "/phone/socket"]) -> String? {
    try? RoutePath.served(path, provider: "web", grants: grants).get()
  }

  /// A path lies under the provider's name, or at the root when the operator granted it.
  @Test func places() {
    #expect(served("/hook") == "/providers/web/hook")
    #expect(served("/publicity") == "/providers/web/publicity")
    #expect(served("/public/phone") == "/phone")
    #expect(served("/public/phone/socket") == "/phone/socket")
    #expect(served("/public/other") == nil)
    #expect(served("/public/phone/other") == nil)
  }

  /// The host's own addresses are never given away, whatever is granted.
  @Test func reserved() {
    for path in ["/healthz", "/readyz", "/metrics", "/v1", "/v1/calls", "/providers/other/hook"] {
      #expect(served("/public\(path)", grants: [path]) == nil, "\(path)")
    }
    #expect(served("/public/v1beta", grants: ["/v1beta"]) == "/v1beta")
  }

  /// Paths that could be read in two ways are refused.
  @Test(arguments: ["", "hook", "/", "//", "/a//b", "/a/", "/../v1", "/a/./b", "/a b", "/a?b", "/a%2fb", "/:id", "/*", "/ü", "/public/"])
  func malformed(path: String) { #expect(served(path, grants: ["/"]) == nil) }

  /// A refusal says which path and what to do.
  @Test func sentences() throws {
    guard case .failure(let refusal) = RoutePath.served("/public/x", provider: "web", grants: []) else { throw Failure() }
    #expect(refusal.sentence.contains("'/x'") && refusal.sentence.contains("public_routes"))
  }

  private struct Failure: Error {}

  /// URLs are built from what the operator gave.
  @Test func publicURLs() {
    #expect(PublicURL("https://a.example/")?.url("/x?y=1", isSocket: false) == "https://a.example/x?y=1")
    #expect(PublicURL("https://a.example/base")?.url("/x", isSocket: true) == "wss://a.example/base/x")
    #expect(PublicURL("http://[::1]:8080")?.url("/x", isSocket: true) == "ws://[::1]:8080/x")
    for text in ["", "a.example", "ftp://a.example", "https://", "https:///x", "https://a b", "https://a/?q", "https://u@a"] {
      #expect(PublicURL(text) == nil, "\(text)")
    }
  }
}
