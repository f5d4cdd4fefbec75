// What the servers and RunPod answer when something is wrong, in the classes of the ABI.

public import Vox

/// The error taxonomy of all dialects.
public enum ChatterboxError {
  /// A bad status with its body: FastAPI's `detail` (devnen), `error` with `message` and `type` (travisvn), a plain `error` (RunPod), or text.
  ///
  /// - Parameters:
  ///   - body: what there was of it; need not be JSON.
  ///   - retryAfter: the header of that name.
  public static func answered(status: Int, body: [UInt8], retryAfter: String? = nil) -> ProviderError {
    let body = String(decoding: body, as: UTF8.self)
    let json = try? JSONValue(parsing: body)
    let message = said(json) ?? ""
    let kind = json?["error"]?["type"]?.string ?? ""
    var error = ProviderError(httpStatus: status, message, code: kind, retryAfter: retryAfter)
    error.detail = body
    if isOutOfMemory(body) {
      error.cls = .overloaded
    } else if status == 503, json?["detail"]?.string != nil {
      // The server is up and says that its model is not.
      error.cls = .unavailable
    } else if kind == "model_error" {
      // travisvn while its `/health` says initializing: nothing was begun.
      (error.cls, error.effects) = (.unavailable, .none)
    } else if status == 502, body.contains("no workers available") {
      // RunPod's load balancer drops what it has nobody for.
      error.effects = .none
    } else if status == 524 {
      // Cloudflare before a pod gives up after 100 s; the pod goes on.
      error.cls = .timeout
    }
    return error
  }

  /// A job that ended badly, or was never begun. `status` is one of RunPod's states.
  public static func job(_ status: String, _ told: String) -> ProviderError {
    let (cls, effects): (ErrorClass, SideEffects) =
      switch status {
      case "TIMED_OUT": (.timeout, .maybe)
      // Somebody else did, such as a purge of the queue.
      case "CANCELLED": (.unavailable, .maybe)
      case "IN_QUEUE": (.timeout, .none)
      default: (isOutOfMemory(told) ? .overloaded : .internal, .maybe)
      }
    let sentence = told.isEmpty ? "the job on RunPod ended as \(status)" : told
    return ProviderError(cls, sentence, effects: effects, code: status, wireStatus: 200, detail: told)
  }

  /// A success whose content is not what was asked for. `what` completes "the voice answered with …".
  public static func unreadable(_ what: String) -> ProviderError {
    ProviderError(.unavailable, "the voice answered with \(what)", effects: .maybe, code: "bad_answer", wireStatus: 200)
  }

  /// The stream ended before the sound did: once 200 is sent, servers can tell a failure in no other way.
  public static var cutShort: ProviderError {
    ProviderError(.unavailable, "the voice broke off", effects: .maybe, code: "truncated", wireStatus: 200)
  }

  private static func said(_ json: JSONValue?) -> String? {
    let error = json?["error"]
    // 422 lists what is wrong with each field.
    let fields = json?["detail"]?.array?.compactMap { $0["msg"]?.string }.joined(separator: "; ")
    let text = error?["message"]?.string ?? error?.string ?? json?["detail"]?.string ?? fields
    return text
  }

  private static func isOutOfMemory(_ text: String) -> Bool { text.contains("out of memory") }
}
