// The host's figures: counted exactly, written in a form that Prometheus reads.

import Observe
import Testing

struct MetricsTests {
  /// Counts from several threads at once are all counted.
  @Test func countsFromManyTasks() async {
    let metrics = Metrics()
    let calls = metrics.counter("calls_total", "Calls taken.")
    let busy = metrics.gauge("busy", "Calls now.")
    let waits = metrics.histogram("wait_seconds", "Waits.", bounds: [1])
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            calls.add()
            busy.add(0.5)
            waits.observe(1)
          }
        }
      }
    }
    #expect(calls.value == 8000)
    #expect(busy.value == 4000)
    #expect(waits.cumulative == [8000, 8000])
    #expect(waits.sum == 8000)
  }

  /// A value on a bound belongs to that bound's bucket, one above all bounds to the last, and one that is no number to none.
  @Test func histogramBuckets() {
    let waits = Metrics().histogram("wait_seconds", "Waits.", bounds: [0.1, 1])
    for value in [0.05, 0.1, 0.100001, 1, 50, .nan, .infinity] { waits.observe(value) }
    #expect(waits.cumulative == [2, 4, 5])
    #expect(abs(waits.sum - 51.250001) < 1e-9)
  }

  /// The text holds help, type and one line per sample, with the escapes of the format.
  @Test func prometheusText() {
    let metrics = Metrics()
    metrics.counter("plain_total", "Line one\nand a \\ and a \".").add(3)
    metrics.gauge("load", "Load.", labels: ["provider": "a\"b\\c\nd", "role": "tts"]).set(0.25)
    let waits = metrics.histogram("wait_seconds", "Waits.", bounds: [0.5, 2])
    waits.observe(0.5)
    waits.observe(3)
    #expect(
      PrometheusText.write(metrics.snapshot()) == """
        # HELP load Load.
        # TYPE load gauge
        load{provider="a\\"b\\\\c\\nd",role="tts"} 0.25
        # HELP plain_total Line one\\nand a \\\\ and a ".
        # TYPE plain_total counter
        plain_total 3
        # HELP wait_seconds Waits.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{le="0.5"} 1
        wait_seconds_bucket{le="2"} 1
        wait_seconds_bucket{le="+Inf"} 2
        wait_seconds_sum 3.5
        wait_seconds_count 2

        """)
  }

  /// Numbers that are not finite are written in the words of the format.
  @Test func unusualNumbers() {
    let samples = [Double.nan, .infinity, -.infinity, 1e21, -2].map { MetricFamily.Sample($0) }
    let text = PrometheusText.write([MetricFamily("x", "X.", .gauge, samples), MetricFamily("empty", "E.", .gauge, [])])
    #expect(text == "# HELP x X.\n# TYPE x gauge\nx NaN\nx +Inf\nx -Inf\nx 1e+21\nx -2\n")
  }

  /// The same name and labels are the same meter; other labels are another series of the same family.
  @Test func metersAreKnownByNameAndLabels() {
    let metrics = Metrics()
    metrics.counter("n_total", "N.", labels: ["kind": "a"]).add()
    metrics.counter("n_total", "N.", labels: ["kind": "a"]).add()
    metrics.counter("n_total", "N.", labels: ["kind": "b"]).add()
    let family = metrics.snapshot()
    #expect(family.count == 1)
    #expect(family.first?.samples.map(\.value) == [2, 1])
  }
}
