// Errors across the ABI and back.

import PluginABI
import Testing
import Vox

struct ProviderErrorTests {
  /// Every member survives the way over and back, in every class.
  @Test(arguments: ErrorClass.allCases) func roundTrip(cls: ErrorClass) {
    let error = ProviderError(
      cls, "The voice is not there.", scope: .account, effects: .maybe, code: "voice_not_found", retryAfterMs: 1_500, wireStatus: -404,
      requestID: "req_é", detail: "body: …")
    error.withVox {
      #expect($0.struct_size == 88)
      #expect($0.zero == 0)
      #expect(ProviderError($0) == error)
    }
  }

  /// Whatever a stranger has put into an error, it stays small enough for an event, and its texts stay UTF-8.
  @Test(arguments: ["x", "\u{1F980}", "e" + String(repeating: "\u{301}", count: 1_000)]) func strangersTexts(_ piece: String) {
    let huge = String(repeating: piece, count: 100_000 / piece.utf8.count)
    ProviderError(.invalid, huge, code: huge, requestID: huge, detail: huge).withVox {
      let read = ProviderError($0)
      #expect([read.code, read.requestID].allSatisfy { (125...128).contains($0.utf8.count) && huge.utf8.starts(with: $0.utf8) })
      #expect([read.message, read.detail].allSatisfy { (1_021...1_024).contains($0.utf8.count) && huge.utf8.starts(with: $0.utf8) })
    }
  }

  /// What is outside the closed lists reads as the plugin's own fault, whose effects nobody knows.
  @Test func outsideTheLists() {
    ProviderError(.rate, "x").withVox {
      var odd = $0
      (odd.cls, odd.scope, odd.effects) = (0x7FFF, 0x7FFF, 0x7FFF)
      let read = ProviderError(odd)
      #expect(read.cls == .internal)
      #expect(read.scope == .op)
      #expect(read.effects == .maybe)
      odd.cls = 0
      #expect(ProviderError(odd).cls == .internal)
    }
  }

  /// Texts that are missing or not UTF-8 do no harm.
  @Test func brokenTexts() {
    var error = vox_error()
    error.cls = 1
    error.message = vox_view(ptr: nil, len: 9)
    let bytes: [UInt8] = [0xC3, 0x28]
    bytes.withUnsafeBufferPointer {
      error.detail = vox_view(ptr: $0.baseAddress, len: 2)
      let read = ProviderError(error)
      #expect(read.message == "")
      #expect(read.detail == "\u{FFFD}(")
    }
  }

  /// The classes have the numbers of the headers.
  @Test func numbers() {
    #expect(ErrorClass.auth.rawValue == UInt16(VOX_ERR_AUTH))
    #expect(ErrorClass.internal.rawValue == UInt16(VOX_ERR_INTERNAL))
    #expect(ErrorClass.caller.rawValue == UInt16(VOX_ERR_CALLER))
    #expect(ErrorScope.provider.rawValue == UInt16(VOX_SCOPE_PROVIDER))
    #expect(SideEffects.yes.rawValue == UInt16(VOX_EFFECTS_YES))
  }

  /// A description is the class, the code when there is one, and the sentence.
  @Test func descriptions() {
    #expect(ProviderError(.rate, "Too fast.").description == "rate: Too fast.")
    #expect(ProviderError(.internal, "Odd.", code: "odd").description == "internal (odd): Odd.")
  }
}
