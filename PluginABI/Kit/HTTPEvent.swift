// What happens to a request, as its owner hears it.

import PluginABI
public import Vox

/// What happened to a request: a head, pieces of the body, then one end.
public struct HTTPEvent: Sendable {
  public enum What: Sendable {
    /// Status and headers. Any status is an answer; `HTTPHead.error(_:)` classifies one that is bad.
    case head(HTTPHead)
    /// The next piece of the body, at most 16 KiB, decompressed.
    case body([UInt8])
    /// The body was whole; the last event.
    case done
    /// It was not; the last event.
    case failed(ProviderError)
  }

  /// That of the `HTTPExchange`.
  public let token: UInt64
  public let what: What

  init?(_ e: UnsafePointer<vox_event>) {
    switch EventKind(rawValue: e.pointee.kind) {
    case .httpHead:
      guard let head = e.whole(vox_ev_http_head.self) else { return nil }
      token = head.token
      what = .head(HTTPHead(head))
    case .httpBody, .httpDone:
      guard let body = e.whole(vox_ev_http_body.self) else { return nil }
      token = body.token
      what = EventKind(rawValue: body.h.kind) == .httpDone ? .done : .body(Array(body.data.bytes))
    case .httpFailed:
      guard let failed = e.whole(vox_ev_refused.self) else { return nil }
      token = failed.token
      what = .failed(ProviderError(failed.error))
    default: return nil
    }
  }
}

/// The beginning of an answer.
public struct HTTPHead: Sendable {
  public let status: Int
  public let headers: [Header]
  /// An open connection carried the request, so no time went into name, TCP and TLS.
  public let isReused: Bool
  /// Microseconds spent on the name, TCP, TLS, and until the first byte.
  public let dnsUs: Int
  public let tcpUs: Int
  public let tlsUs: Int
  public let firstByteUs: Int

  public var isSuccess: Bool { (200..<300).contains(status) }

  init(_ e: vox_ev_http_head) {
    status = Int(e.status)
    headers = [Header](e.headers, e.nheaders)
    isReused = e.h.flags & UInt16(VOX_HTTP_REUSED) != 0
    (dnsUs, tcpUs, tlsUs, firstByteUs) = (Int(e.dns_us), Int(e.tcp_us), Int(e.tls_us), Int(e.first_byte_us))
  }
}
