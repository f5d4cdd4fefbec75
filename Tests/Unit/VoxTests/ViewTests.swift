// Borrowed bytes, and the Swift names of the ABI's numbers.

import PluginABI
import Testing
import Vox

struct ViewTests {
  /// Text is lent as its bytes and comes back as it was.
  @Test(arguments: ["", "a", "é€😀", String(repeating: "x", count: 10_000)]) func lent(text: String) {
    withView(text) {
      #expect($0.len == UInt64(text.utf8.count))
      #expect($0.string == text)
    }
    #expect(immortalView(text).string == text)
  }

  /// A view with a length and no pointer is empty; an empty view is an empty JSON object; a constant lasts.
  @Test func emptiness() throws {
    #expect(vox_view(ptr: nil, len: 5).bytes.count == 0)
    #expect(vox_view(ptr: nil, len: .max).string == "")
    #expect(try vox_view(ptr: nil, len: 0).json() == [:])
    #expect(throws: JSONError.self) { try withView("{") { view in Result { try view.json() } }.get() }
    #expect(vox_view("constant").string == "constant")
  }

  /// The kinds of events have the numbers of the headers, and three of them end an op.
  @Test func kinds() {
    let pairs: [(EventKind, Int)] = [
      (.accountState, VOX_EV_ACCOUNT_STATE), (.ready, VOX_EV_READY), (.interrupted, VOX_EV_INTERRUPTED), (.resumed, VOX_EV_RESUMED),
      (.closed, VOX_EV_CLOSED), (.accepted, VOX_EV_ACCEPTED), (.usage, VOX_EV_USAGE), (.completed, VOX_EV_COMPLETED),
      (.cancelled, VOX_EV_CANCELLED), (.failed, VOX_EV_FAILED), (.resume, VOX_EV_RESUME), (.drain, VOX_EV_DRAIN), (.timer, VOX_EV_TIMER),
      (.speechStarted, VOX_EV_SPEECH_STARTED), (.transcript, VOX_EV_TRANSCRIPT), (.turnEnd, VOX_EV_TURN_END),
      (.turnResumed, VOX_EV_TURN_RESUMED), (.flushed, VOX_EV_FLUSHED), (.text, VOX_EV_TEXT), (.toolBegin, VOX_EV_TOOL_BEGIN),
      (.toolCall, VOX_EV_TOOL_CALL), (.opaque, VOX_EV_OPAQUE), (.ttsAudio, VOX_EV_TTS_AUDIO), (.ttsWords, VOX_EV_TTS_WORDS),
      (.progress, VOX_EV_PROGRESS), (.offer, VOX_EV_OFFER), (.offerGone, VOX_EV_OFFER_GONE), (.leg, VOX_EV_LEG),
      (.lineAudio, VOX_EV_LINE_AUDIO), (.dtmf, VOX_EV_DTMF), (.played, VOX_EV_PLAYED), (.quality, VOX_EV_QUALITY),
      (.routeRequest, VOX_EV_ROUTE_REQUEST), (.socketOpen, VOX_EV_SOCKET_OPEN), (.socketText, VOX_EV_SOCKET_TEXT),
      (.socketBinary, VOX_EV_SOCKET_BINARY), (.socketClosed, VOX_EV_SOCKET_CLOSED), (.webSocketOpen, VOX_EV_WEBSOCKET_OPEN),
      (.webSocketRefused, VOX_EV_WEBSOCKET_REFUSED), (.httpHead, VOX_EV_HTTP_HEAD), (.httpBody, VOX_EV_HTTP_BODY),
      (.httpDone, VOX_EV_HTTP_DONE), (.httpFailed, VOX_EV_HTTP_FAILED), (.stateItem, VOX_EV_STATE_ITEM),
      (.stateStored, VOX_EV_STATE_STORED), (.stateConflict, VOX_EV_STATE_CONFLICT), (.stateChanged, VOX_EV_STATE_CHANGED),
      (.stateFailed, VOX_EV_STATE_FAILED), (.leaseHeld, VOX_EV_LEASE_HELD), (.leaseLost, VOX_EV_LEASE_LOST),
    ]
    for (kind, number) in pairs { #expect(Int(kind.rawValue) == number) }
    #expect(Set(pairs.filter(\.0.isTerminal).map(\.0)) == [.completed, .cancelled, .failed])
  }

  /// The kinds of ops have the numbers of the headers.
  @Test func ops() {
    #expect(Int(OpKind.warm) == VOX_OP_WARM)
    #expect(Int(OpKind.probe) == VOX_OP_PROBE)
    #expect(Int(OpKind.voices) == VOX_OP_VOICES)
    #expect(Int(OpKind.models) == VOX_OP_MODELS)
    #expect(Int(OpKind.listen) == VOX_STT_LISTEN)
    #expect(Int(OpKind.expect) == VOX_STT_EXPECT)
    #expect(Int(OpKind.chat) == VOX_LLM_CHAT)
    #expect(Int(OpKind.vocabulary) == VOX_LLM_VOCABULARY)
    #expect(Int(OpKind.say) == VOX_TTS_SAY)
    #expect(Int(OpKind.invoke) == VOX_TOOL_INVOKE)
    #expect(Int(OpKind.listTools) == VOX_TOOL_LIST)
    let line = [
      (OpKind.dial, VOX_TELEPHONY_DIAL), (OpKind.ring, VOX_TELEPHONY_RING), (OpKind.answer, VOX_TELEPHONY_ANSWER),
      (OpKind.reject, VOX_TELEPHONY_REJECT), (OpKind.speak, VOX_TELEPHONY_SPEAK), (OpKind.sendDTMF, VOX_TELEPHONY_DTMF),
      (OpKind.transfer, VOX_TELEPHONY_TRANSFER), (OpKind.hold, VOX_TELEPHONY_HOLD), (OpKind.unhold, VOX_TELEPHONY_UNHOLD),
      (OpKind.caption, VOX_TELEPHONY_CAPTION),
    ]
    for (kind, number) in line { #expect(Int(kind) == number) }
  }

  /// Open enums read what they do not know as the default the headers name.
  @Test func openEnums() {
    #expect(Reason(abi: UInt16(VOX_REASON_SUPERSEDED)) == .superseded)
    #expect(Reason(abi: UInt16(VOX_REASON_BARGE_IN)) == .bargeIn)
    #expect(Reason(abi: 0x7FFF) == .policy)
    #expect(LegCause(abi: UInt16(VOX_CAUSE_DECLINED)) == .declined)
    #expect(LegCause(abi: 0x7FFF) == .failed)
  }

  /// Roles have the ids of the headers, the draft of rooms included, and short names for people.
  @Test func roles() {
    let ids = [VOX_ROLE_TELEPHONY, VOX_ROLE_STT, VOX_ROLE_LLM, VOX_ROLE_TTS, VOX_ROLE_TOOL, "vox.room/0"]
    #expect(Role.allCases.map(\.rawValue) == ids)
    #expect(Role.allCases.map(\.name) == ["telephony", "stt", "llm", "tts", "tool", "room"])
  }
}
