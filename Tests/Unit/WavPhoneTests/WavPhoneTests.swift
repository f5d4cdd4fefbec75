// Calls through the WAV phone's library, on the machine's clock because the line has one of its own.

import Foundation
import PluginABI
import PluginHarness
import Sound
import Testing
import Vox

@Suite(.serialized) struct WavPhoneTests {
  /// The caller's file arrives sample by sample in frames of 20 ms, one due every 20 ms and none before it is due.
  @Test func callerIsHeardInRealTime() throws {
    let folder = try Folder()
    let voice = ramp(8_000)
    try folder.write(voice, "caller.wav")
    let call: JSONValue = ["file": .string(folder.path("caller.wav")), "to": "100", "from": "7"]
    let lab = try PluginLab("WavPhone", settings: ["calls": [call]], clock: .machine)
    let offer = try #require(ring(lab))
    #expect(offer["to"] == "100" && offer["from"] == "7")

    let session = try answer(lab, offer)
    #expect(lab.host.wait { events in events.filter { $0.kind == .lineAudio }.count >= 30 })
    let line = session.events(.lineAudio)
    #expect(line.flatMap(\.samples).prefix(8_000).elementsEqual(voice))
    #expect(line.allSatisfy { $0.samples.count == 320 && $0.rate == 16_000 })
    #expect(zip(line.dropFirst(), line).allSatisfy { $0.stamp - $1.stamp == 20_000_000 })
    #expect(line.allSatisfy { $0.at >= $0.stamp })
    lab.finish(session)
  }

  /// What the caller heard is recorded: the speech whole and in its order, exact silence where there was none.
  @Test func agentIsRecordedInPlace() throws {
    let folder = try Folder()
    let call: JSONValue = ["to": "100", "record": .string(folder.path("out/heard.wav"))]
    let lab = try PluginLab("WavPhone", settings: ["calls": [call]], clock: .machine)
    let session = try answer(lab, try #require(ring(lab)))
    let speak = session.start(OpKind.speak)
    let speech = ramp(16_000)
    speakAll(lab, session, speak, speech)
    session.finalize(speak)
    #expect(lab.host.wait { _ in session.terminal(speak) != nil })
    #expect(session.terminal(speak)?.json == ["played": 16_000])
    #expect(session.events(.played).map(\.position) == [3_200, 6_400, 9_600, 12_800, 16_000])
    #expect(session.events(.played).allSatisfy { $0.flags == UInt16(VOX_PLAYED_EXACT) })
    lab.finish(session)

    let heard = try WAVReader.samples(path: folder.path("out/heard.wav"))
    #expect(heard.sampleRate == 16_000)
    #expect(heard.samples.filter { $0 != 0 } == speech.filter { $0 != 0 })
  }

  /// More speech than the line may hold is refused, and asked for again when there is room.
  @Test func speechIsBounded() throws {
    let lab = try PluginLab("WavPhone", settings: ["calls": [["to": "100"]]], clock: .machine)
    let session = try answer(lab, try #require(ring(lab)))
    let speak = session.start(OpKind.speak)
    let frame = [Int16](repeating: 1, count: 320)
    let before = session.events(.lineAudio).count
    let taken = (0..<50).prefix { _ in session.push(frame, to: speak) == .ok }.count
    // Meanwhile the line plays as well.
    let played = session.events(.lineAudio).count - before
    #expect((10...12 + played).contains(taken))
    #expect(lab.host.wait { _ in !session.events(.resume, op: speak).isEmpty })
    #expect(session.push(frame, to: speak) == .ok)
    lab.finish(session)
  }

  /// Barge-in: cancelled speech stops with the next frame; the position told is what the recording holds.
  @Test func cancelledSpeechStopsExactly() throws {
    let folder = try Folder()
    let lab = try PluginLab("WavPhone", settings: ["calls": [["to": "100", "record": .string(folder.path("heard.wav"))]]], clock: .machine)
    let session = try answer(lab, try #require(ring(lab)))
    let speak = session.start(OpKind.speak)
    var pushed = 0
    func fill() { while session.push([Int16](repeating: 900, count: 320), to: speak) == .ok { pushed += 320 } }
    fill()
    #expect(lab.host.wait { _ in !session.events(.played).isEmpty })
    fill()
    session.cancel(speak)
    let end = try #require(session.terminal(speak))
    #expect(end.kind == .cancelled && end.position >= 3_200 && end.position <= pushed)
    lab.finish(session)
    #expect(try WAVReader.samples(path: folder.path("heard.wav")).samples.count { $0 != 0 } == Int(end.position))
  }

  /// A caller with turns waits for the agent, presses keys, and hangs up when the agent has answered.
  @Test func callerTakesTurns() throws {
    let folder = try Folder()
    try folder.write(ramp(3_200), "caller.wav")
    let call: JSONValue = [
      "to": "100", "turns": [["file": .string(folder.path("caller.wav"))], ["dtmf": "4#", "wait": "none"]], "answer_after_ms": 100,
      "report": .string(folder.path("report.json")),
    ]
    let lab = try PluginLab("WavPhone", settings: ["calls": [call]], clock: .machine)
    let session = try answer(lab, try #require(ring(lab)))
    agentSays(lab, session, ms: 200)
    #expect(lab.host.wait { events in events.filter { $0.kind == .dtmf }.count == 2 })
    #expect(session.events(.dtmf).map(\.text) == ["4", "#"])
    // A key is pressed for 100 ms and let go of for as long: ten frames from one to the next.
    #expect(session.events().split { $0.kind == .dtmf }.dropFirst().first?.count { $0.kind == .lineAudio } == 10)
    #expect(!session.events(.leg).contains { $0.cause == .hangUp })
    let frames = session.events(.lineAudio).count
    #expect(lab.host.wait { _ in session.events(.lineAudio).count > frames + 20 })  // The caller has finished with its keys.
    agentSays(lab, session, ms: 200)
    #expect(lab.host.wait { _ in session.events(.leg).last?.cause == .hangUp })
    lab.finish(session)

    let report = try JSONValue(parsing: String(contentsOfFile: folder.path("report.json"), encoding: .utf8))
    #expect(report["ended_by"] == "caller")
    #expect(report["said"]?.array?.count == 2)
    #expect(report["heard"]?.array?.count == 2)
  }

  /// A blind transfer connects the caller to the other number for real: each is recorded hearing the other, without the host.
  @Test func transferConnectsTwoPeople() throws {
    let folder = try Folder()
    try folder.write([Int16](repeating: 2_000, count: 32_000), "caller.wav")
    try folder.write([Int16](repeating: 3_000, count: 4_800), "desk.wav")
    let desk: JSONValue = [
      "file": .string(folder.path("desk.wav")), "record": .string(folder.path("desk-heard.wav")), "pick_up_ms": 100,
      "answer_after_ms": 200,
    ]
    let call: JSONValue = [
      "file": .string(folder.path("caller.wav")), "to": "100", "record": .string(folder.path("caller-heard.wav")),
      "report": .string(folder.path("report.json")),
    ]
    let settings: JSONValue = ["calls": [call], "legs": ["200": desk, "300": ["outcome": "busy", "pick_up_ms": 20]]]
    let lab = try PluginLab("WavPhone", settings: settings, clock: .machine)
    let session = try answer(lab, try #require(ring(lab)))

    let nobody = session.start(OpKind.transfer, body: ["to": "400", "mode": "blind"])
    #expect(session.terminal(nobody)?.json == ["outcome": "unreachable", "caller_kept": true])
    let busy = session.start(OpKind.transfer, body: ["to": "300", "mode": "blind"])
    #expect(lab.host.wait { _ in session.terminal(busy)?.json == ["outcome": "busy", "caller_kept": true] })
    let done = session.start(OpKind.transfer, body: ["to": "200", "mode": "blind"])
    #expect(lab.host.wait { _ in session.terminal(done)?.json == ["outcome": "answered", "caller_kept": false] })
    #expect(lab.host.wait { _ in session.events(.leg).last?.cause == .transferred })
    session.close(.policy)
    #expect(session.events(.closed).count == 1)
    session.destroy()

    // The report comes when the call is over and its recordings are complete.
    #expect(lab.host.wait(until: { folder.has("report.json") }))
    #expect(try WAVReader.samples(path: folder.path("caller-heard.wav")).samples.count { $0 == 3_000 } == 4_800)
    #expect(try WAVReader.samples(path: folder.path("desk-heard.wav")).samples.count { $0 == 2_000 } > 8_000)
    lab.close()
    #expect(lab.host.violations.isEmpty)
  }

  /// A dialled number answers, is busy, does not answer in time, or does not exist.
  @Test func diallingHasOutcomes() throws {
    let settings: JSONValue = [
      "legs": [
        "1": ["pick_up_ms": 60], "2": ["outcome": "busy", "pick_up_ms": 20], "3": ["pick_up_ms": 60_000],
      ]
    ]
    let lab = try PluginLab("WavPhone", settings: settings, clock: .machine)
    #expect(lab.host.wait { events in events.contains { $0.kind == .accountState && $0.state == VOX_ACCOUNT_READY } })
    for (number, outcome) in [("1", "answered"), ("2", "busy"), ("3", "no_answer"), ("4", "unreachable")] {
      let session = try lab.open(.telephony)
      let dial = session.start(OpKind.dial, body: ["to": .string(number), "timeout_ms": 200])
      #expect(lab.host.wait { _ in session.terminal(dial)?.json == ["outcome": .string(outcome)] }, "number \(number)")
      if outcome == "answered" { #expect(lab.host.wait { _ in session.events(.lineAudio).count > 3 }) }
      session.close()
      #expect(lab.host.wait { _ in !session.events(.closed).isEmpty })
      session.destroy()
    }
    lab.close()
  }

  /// A call is placed over HTTP by whoever sends JSON and, where one is set, the key; mistakes come back as sentences.
  @Test func httpPlacesCalls() throws {
    let folder = try Folder()
    try folder.write(ramp(320), "caller.wav")
    let lab = try PluginLab("WavPhone", settings: ["control": true], secrets: ["control_key": "k"], clock: .machine)
    let server = lab.host.web
    let path = "/calls"
    let good = ["content-type": "application/json", "authorization": "Bearer k"]
    #expect(server.request("POST", path, headers: ["content-type": "application/json"], body: "{}")?.status == 401)
    #expect(server.request("POST", path, headers: ["authorization": "Bearer k"], body: "{}")?.status == 415)
    for (body, part) in [("{", "not valid JSON"), (#"{"file": "/nowhere.wav"}"#, "/nowhere.wav"), (#"{"turns": [{"dtmf": "x"}]}"#, "'x'")] {
      let answer = try #require(server.request("POST", path, headers: good, body: body))
      #expect(answer.status == 400 && answer.text.contains(part), "\(answer.text)")
    }
    let answer = try #require(
      server.request("POST", path, headers: good, body: #"{"to": "100", "file": "\#(folder.path("caller.wav"))"}"#))
    #expect(answer.status == 201)
    let id = try JSONValue(parsing: answer.text)["call"]
    #expect(ring(lab)?["vendor_id"] == id)
    lab.close()
  }

  /// A caller who is on the line gets more turns, keeps the line until the last of them is answered, and none once it is gone.
  @Test func callerGetsMoreTurns() throws {
    let lab = try PluginLab("WavPhone", settings: ["control": true], clock: .machine)
    func post(_ body: JSONValue) -> FakeServer.Response? {
      lab.host.web.request("POST", "/calls", headers: ["content-type": "application/json"], body: body.text)
    }
    let placed = try #require(post(["to": "100", "hold_open": true, "turns": [["dtmf": "1", "wait": "none"]]]))
    let id = try JSONValue(parsing: placed.text)["call"] ?? .null
    let session = try answer(lab, try #require(ring(lab)))
    #expect(lab.host.wait { _ in session.events(.dtmf).map(\.text) == ["1"] })
    #expect(post(["call": id, "turns": [["dtmf": "2", "wait": "none"]]])?.status == 200)
    #expect(lab.host.wait { _ in session.events(.dtmf).map(\.text) == ["1", "2"] })
    #expect(post(["call": id, "turns": [["dtmf": "x"]]])?.status == 400)
    #expect(post(["call": id, "turns": [["file": "/nowhere.wav"]]])?.status == 400)
    #expect(post(["call": id, "rate": 8_000, "turns": [["dtmf": "3"]]])?.status == 400)
    agentSays(lab, session, ms: 600)  // Longer than a key is pressed.
    #expect(lab.host.wait { _ in session.events(.leg).last?.cause == .hangUp })
    #expect([404, 409].contains(post(["call": id, "turns": [["dtmf": "3"]]])?.status))
    #expect(post(["call": "wav-none", "turns": []])?.status == 404)
    lab.finish(session)
  }

  /// Without a key, calls are placed by the host's own commands and not by the network.
  @Test func withoutAKeyOnlyCommandsPlaceCalls() throws {
    for (secrets, isControl) in [([:], true), (["control_key": "sesame"], false)] {
      let lab = try PluginLab("WavPhone", settings: ["control": true], secrets: secrets, clock: .machine)
      #expect(lab.host.web.paths == ["/calls"])
      #expect(lab.host.web.controlPaths == (isControl ? ["/calls"] : []))
      lab.close()
    }
  }

  /// What the host had no room for is lost; the next frame says so, is where it belongs in time, and the one after it is whole again.
  @Test func lostFramesAreTold() throws {
    let lab = try PluginLab("WavPhone", settings: ["calls": [["to": "100"]]], clock: .machine)
    let session = try answer(lab, try #require(ring(lab)))
    #expect(lab.host.wait { _ in session.events(.lineAudio).count >= 2 })
    lab.host.setRoom(0)
    #expect(lab.host.wait(until: { lab.host.refusals >= 3 }))
    lab.host.setRoom(.max)
    let lost = lab.host.refusals
    #expect(lab.host.wait { _ in session.events(.lineAudio).dropLast().contains(where: \.isLossBefore) })
    let line = session.events(.lineAudio)
    let next = try #require(line.firstIndex { $0.isLossBefore })
    #expect(line.count(where: \.isLossBefore) == 1)
    #expect(line[next].position == 320 * UInt64(next + lost))
    lab.finish(session)
  }

  /// A provider that is destroyed while callers ring and transferred ones talk takes its threads with it, completes the recordings, and
  /// never speaks again.
  @Test func destroyedProviderLeavesNothing() throws {
    let folder = try Folder()
    let talking: JSONValue = ["to": "100", "hold_open": true, "record": .string(folder.path("heard.wav"))]
    let settings: JSONValue = [
      "calls": [talking, ["to": "200", "at_ms": 100], ["to": "300", "at_ms": 3_600_000]],
      "legs": ["7": ["pick_up_ms": 20, "hold_open": true]],
    ]
    for _ in 0..<3 {
      let lab = try PluginLab("WavPhone", settings: settings, clock: .machine)
      let session = try answer(lab, try #require(ring(lab)))
      let transfer = session.start(OpKind.transfer, body: ["to": "7", "mode": "blind"])
      #expect(lab.host.wait { _ in session.terminal(transfer)?.json["outcome"] == "answered" })
      session.close()
      #expect(lab.host.wait { _ in session.events(.closed).count == 1 })
      session.destroy()
      lab.close()
      #expect(try WAVReader.samples(path: folder.path("heard.wav")).samples.count > 0)
      #expect(lab.host.wait(until: { Self.threads().isEmpty }), "left behind: \(Self.threads())")
      #expect(lab.host.violations.isEmpty)
    }
  }

  /// The plugin's threads in this process.
  private static func threads() -> [String] {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8) }.filter {
      $0.hasPrefix("wavphone")
    }
  }

  /// A caller whom nobody answers gives up, and its offer can no longer be claimed.
  @Test func callerGivesUp() throws {
    let lab = try PluginLab("WavPhone", settings: ["calls": [["to": "100", "ring_ms": 100]]], clock: .machine)
    let id = try #require(ring(lab)?["id"]?.string)
    #expect(lab.host.wait { events in events.contains { $0.kind == .offerGone && $0.text == id } })
    #expect(throws: PluginLab.Refusal.self) { try lab.open(.telephony, offer: id) }
    lab.close()
  }

  /// On a telephone line the sound arrives as G.711 leaves it, at 8 kHz, and another rate is refused with a sentence.
  @Test func telephoneLineIsG711() throws {
    let folder = try Folder()
    let voice = ramp(800)
    try folder.write(voice, "caller.wav", rate: 8_000)
    let settings: JSONValue = ["rate": 8_000, "codec": "ulaw", "calls": [["file": .string(folder.path("caller.wav")), "to": "1"]]]
    let lab = try PluginLab("WavPhone", settings: settings, clock: .machine)
    let offer = try #require(ring(lab))
    let session = try answer(lab, offer, rate: 8_000)
    #expect(lab.host.wait { _ in session.events(.lineAudio).count >= 6 })
    let expected = voice.map { G711.muLaw.decode(G711.muLaw.encode($0)) }
    #expect(session.events(.lineAudio).flatMap(\.samples).prefix(700).elementsEqual(expected.prefix(700)))
    lab.finish(session)
  }

  /// A session of another rate can refuse the call but not answer it, and hears why.
  @Test func ratesMustAgree() throws {
    let calls: JSONValue = [["to": "1"], ["to": "2"]]
    let lab = try PluginLab("WavPhone", settings: ["rate": 8_000, "calls": calls], clock: .machine)
    #expect(lab.host.wait { events in events.count { $0.kind == .offer } == 2 })
    for (kind, isFine) in [(OpKind.answer, false), (OpKind.reject, true)] {
      let offer = lab.host.events.filter { $0.kind == .offer }[isFine ? 1 : 0]
      let session = try lab.open(.telephony, offer: offer.json["id"]?.string ?? "", inRate: 16_000, outRate: 16_000)
      let op = session.start(kind)
      #expect(session.terminal(op)?.error?.code == (isFine ? nil : "rate"))
      session.close()
      #expect(lab.host.wait { _ in session.events(.closed).count == 1 })
      session.destroy()
    }
    lab.close()
  }

  /// A call may choose its own line where the operator has left that open; its offer says which.
  @Test func callChoosesItsLine() throws {
    let calls: JSONValue = [["to": "1", "rate": 8_000, "codec": "alaw"]]
    let lab = try PluginLab("WavPhone", settings: ["calls": calls, "legs": ["2": ["pick_up_ms": 20]]], clock: .machine)
    let offer = try #require(ring(lab))
    #expect(offer["rate"] == 8_000)
    let session = try answer(lab, offer, rate: 8_000)
    #expect(lab.host.wait { _ in session.events(.lineAudio).last?.samples.count == 160 })
    let transfer = session.start(OpKind.transfer, body: ["to": "2", "mode": "blind"])
    #expect(lab.host.wait { _ in session.terminal(transfer)?.json["outcome"] == "answered" })
    lab.finish(session)

    let fixed = try PluginLab("WavPhone", settings: ["calls": calls, "rate": 16_000], clock: .machine)
    #expect(fixed.host.wait { events in events.contains { $0.error?.message.contains("16000 Hz") == true } })
    fixed.close()
  }

  /// A sound that is missing is found when the account opens, by name.
  @Test func missingFileFailsTheAccount() throws {
    let lab = try PluginLab("WavPhone", settings: ["calls": [["file": "/nowhere/at-all.wav", "to": "1"]]], clock: .machine)
    #expect(lab.host.wait { events in events.contains { $0.error?.message.contains("/nowhere/at-all.wav") == true } })
    lab.close()
  }

  /// Two hundred calls at once each get every frame, in order and on time.
  @Test func manyCallsAtOnce() throws {
    let folder = try Folder()
    try folder.write(ramp(16_000), "caller.wav")
    let call: JSONValue = ["file": .string(folder.path("caller.wav")), "to": "1", "repeat": 200, "hold_open": true]
    let lab = try PluginLab("WavPhone", settings: ["calls": [call]], clock: .machine)
    #expect(lab.host.wait(until: { lab.host.count(.offer) == 200 }))
    let sessions = try lab.host.events.filter { $0.kind == .offer }.map { try answer(lab, $0.json) }
    // The last one answered is the last to have them.
    #expect(lab.host.wait(ms: 20_000, until: { sessions.last?.events(.lineAudio).count ?? 0 >= 25 }))
    for session in sessions {
      let frames = session.events(.lineAudio)
      #expect(frames.count >= 20)
      #expect(zip(frames.dropFirst(), frames).allSatisfy { $0.stamp - $1.stamp == 20_000_000 })
    }
    for session in sessions { session.close() }
    #expect(lab.host.wait(until: { lab.host.count(.closed) == 200 }))
    for session in sessions { session.destroy() }
    lab.close()
    #expect(lab.host.violations.isEmpty)
  }

  // MARK: the host's part

  /// The first offer, when it has come.
  private func ring(_ lab: PluginLab) -> JSONValue? {
    var offer: JSONValue?
    _ = lab.host.wait { events in
      offer = events.first { $0.kind == .offer }?.json
      return offer != nil
    }
    return offer
  }

  private func answer(_ lab: PluginLab, _ offer: JSONValue, rate: Int = 16_000) throws -> LabSession {
    let session = try lab.open(.telephony, offer: offer["id"]?.string ?? "", inRate: rate, outRate: rate)
    let op = session.start(OpKind.answer)
    #expect(session.terminal(op)?.json == ["rate": .int(Int64(rate))])
    return session
  }

  /// Pushes speech as the line takes it.
  private func speakAll(_ lab: PluginLab, _ session: LabSession, _ op: UInt64, _ samples: [Int16]) {
    var at = 0
    let isDone = lab.host.wait { _ in
      while at < samples.count, session.push(Array(samples[at..<(at + 320)]), to: op) == .ok { at += 320 }
      return at == samples.count
    }
    #expect(isDone)
  }

  private func agentSays(_ lab: PluginLab, _ session: LabSession, ms: Int) {
    let op = session.start(OpKind.speak)
    speakAll(lab, session, op, [Int16](repeating: 5_000, count: 16 * ms))
    session.finalize(op)
    #expect(lab.host.wait { _ in session.terminal(op) != nil })
  }

  /// Samples of which no two neighbours are equal, all loud enough to be kept.
  private func ramp(_ count: Int) -> [Int16] { (0..<count).map { Int16($0 % 20_000) } }
}

/// A folder that goes away with the test.
final class Folder {
  let root: String

  init() throws {
    root = NSTemporaryDirectory() + "wavphone-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { root + "/" + name }
  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func write(_ samples: [Int16], _ name: String, rate: UInt32 = 16_000) throws {
    let writer = try WAVWriter(path: path(name), sampleRate: rate)
    try writer.append(samples)
    try writer.close()
  }
}
