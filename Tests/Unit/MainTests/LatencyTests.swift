// Where the time of a turn went.

import Base
import Journal
import Testing
import Vox

@testable import Commands

@Suite struct LatencyTests {
  /// The steps follow each other and add up to the whole, in the usual order of events.
  @Test func addsUp() {
    let spans = Spans(.sample)
    #expect(spans.steps.map(\.ms) == [500, 200, 250, 30, 120, 5])
    #expect(spans.steps.compactMap(\.ms).reduce(0, +) == spans.e2eMs)
    #expect(spans.hostMs == 4)
  }

  /// A transcript that came before the endpoint, and an answer that was begun before it, cost nothing more.
  @Test func countsNothingTwice() {
    let spans = Spans(
      Waterfall(
        callerStoppedMs: 1000, endpointMs: 1500, finalTranscriptMs: 1300, firstTokenMs: 1400, firstPieceMs: 1450, firstAudioMs: 1480,
        firstSampleMs: 1510))
    #expect(spans.steps.map(\.ms) == [500, 0, 0, 0, 0, 10])
    #expect(spans.e2eMs == 510)
  }

  /// A turn that was never answered has no latency, and the steps it did not reach are empty.
  @Test func leavesOutWhatWasNotReached() {
    let spans = Spans(Waterfall(callerStoppedMs: 1000, endpointMs: 1500))
    #expect(spans.eouMs == 500)
    #expect(spans.ttftMs == nil)
    #expect(spans.e2eMs == nil)
    #expect(spans.hostMs == nil)
  }

  /// The table has a line per answered turn of the caller and the median; the greeting and unanswered turns are left out.
  @Test func makesTheTable() throws {
    let table = LatencyTable(try .sample())
    #expect(
      table.lines == [
        "turn  eou delay  transcript  ttft  ttfb  host   e2e", "1           500         200   250   150   4.0  1105",
        "2           510         0.0   250   152    13   913", "p50         505         100   250   151   8.5  1009",
      ])
    #expect(table.json["p50"]?["e2e_ms"] == .number(1009))
    #expect(table.json["turns"]?.array?.map { $0["turn"] } == [1, 2])
    #expect(LatencyTable(CallRecord(try #require(CallID.sample))).isEmpty)
  }

  /// Numbers and times read the same on every machine.
  @Test func formatsFigures() {
    #expect(
      [nil, 0, 0.04, 0.05, 9.96, 10, 1234.5, -2.5, .infinity].map { Figure.ms($0) } == [
        "-", "0.0", "0.0", "0.1", "10.0", "10", "1235", "-2.5", "-",
      ])
    #expect(
      [0, 3240, 59_960, 61_000, 3_600_000, -5, .nan].map(Figure.callTime) == [
        "00:00.0", "00:03.2", "01:00.0", "01:01.0", "60:00.0", "00:00.0", "00:00.0",
      ])
    #expect([nil, 0, 65_000, 3_725_000].map { Figure.duration(ms: $0) } == ["-", "0:00", "1:05", "1:02:05"])
    #expect([999, 1000, 76_300_000_000, .max].map(Figure.bytes) == ["999 bytes", "1.0 kB", "76.3 GB", "18.4 EB"])
    #expect(Figure.wall(nil) == "-")
  }
}
