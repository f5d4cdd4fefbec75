// Whether the host lives and whether it can take calls, and its figures: what machines ask.

import Hummingbird
import NIOCore
import Observe
import Vox

/// `/healthz`, `/readyz`, `/metrics`.
struct HealthRoutes: Sendable {
  let host: any HostView
  let metrics: Metrics
  let metricsArePublic: Bool

  func add(to router: Router<APIContext>) {
    router.get("healthz") { _, _ in Self.answer(await host.liveness(), good: "ok", bad: "stuck") }
    router.get("readyz") { _, _ in Self.answer(await host.readiness(), good: "ready", bad: "not ready") }
    router.get("metrics") { _, context in
      guard metricsArePublic || context.door != .world else { throw APIError.unknown }
      let text = PrometheusText.write(metrics.snapshot() + (await host.metrics()))
      return Response(
        status: .ok, headers: [.contentType: PrometheusText.contentType], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
  }

  /// 200 when every check is fine, 503 otherwise, with what is wrong.
  private static func answer(_ checks: [Check], good: String, bad: String) -> Response {
    let isFine = checks.allSatisfy { $0.problem == nil }
    let list = checks.map { check in
      var item: [String: JSONValue] = ["name": .string(check.name), "ok": .bool(check.problem == nil)]
      item["reason"] = check.problem.map { .string($0) }
      return JSONValue.object(item)
    }
    return .json(isFine ? .ok : .serviceUnavailable, ["status": .string(isFine ? good : bad), "checks": .array(list)])
  }
}
