// Manifests, right and wrong.

import PluginABI
import Testing
import Vox

@testable import Conformance

struct ManifestTests {
  private func breach(_ text: String) -> Breach? {
    withView(text) { view -> Breach? in
      do throws(Breach) {
        _ = try Manifest(view)
        return nil
      } catch {
        return error
      }
    }
  }

  private func manifest(_ more: String = "", roles: String = #"{"vox.tts/0":{}}"#) -> String {
    #"{"id":"a.b-c_1","name":"A","version":"1","roles":\#(roles)\#(more)}"#
  }

  /// The four members that every manifest has are enough.
  @Test func least() { #expect(breach(manifest()) == nil) }

  /// Each wrong manifest is refused with the place of its fault.
  @Test(arguments: [
    ("", "it is empty"), ("{", "not valid JSON"), ("[]", "expected object"), (#"{"id":"a"}"#, "'name' is missing"),
  ])
  func wrong(text: String, reason: String) throws {
    let found = try #require(breach(text))
    #expect(found.clause == .manifest)
    #expect(found.sentence.contains(reason))
  }

  /// An id is a plain word, roles are of this draft, a draft's or a vendor's own, traits have their types.
  @Test func members() {
    #expect(breach(manifest().replacing("a.b-c_1", with: "A B"))?.sentence.hasPrefix("/id") == true)
    #expect(breach(manifest(roles: #"{"vox.tts/1":{}}"#))?.sentence.hasPrefix("/roles: vox.tts/1") == true)
    #expect(breach(manifest(roles: #"{"vox.room/0":{},"com.example.thing/1":{}}"#)) == nil)
    #expect(breach(manifest(roles: #"{"vox.tts/0":{"rates_out":[]}}"#))?.sentence.hasPrefix("/roles/vox.tts/0/rates_out") == true)
    #expect(breach(manifest(roles: #"{"vox.stt/0":{"cancel_grace_ms":10001}}"#))?.clause == .manifest)
    #expect(breach(manifest(#","network":"all""#))?.sentence.hasPrefix("/network") == true)
  }

  /// A schema of settings that does not compile is the schema's fault, not the manifest's.
  @Test func settingsSchema() {
    #expect(breach(manifest(#","settings":{"type":"object","pattern":"a"}"#))?.clause == .settings)
  }

  /// More than 256 KiB are refused.
  @Test func size() {
    #expect(breach(manifest() + String(repeating: " ", count: 256 << 10))?.sentence.contains("at most 262144") == true)
  }
}
