// The library's results in the error classes of the ABI.

import CCurl
import Vox

extension ProviderError {
  /// Why a transfer to `address` ended.
  ///
  /// - Parameter sent: the request had left, so the vendor may have acted on it.
  init(_ result: CURLcode, _ address: Address, sent: Bool) {
    let place = address.authority
    let (cls, code, sentence): (ErrorClass, String, String) =
      switch result {
      case CURLE_COULDNT_RESOLVE_HOST: (.unavailable, "dns_failed", "the name of \(place) cannot be resolved")
      case CURLE_COULDNT_RESOLVE_PROXY: (.unavailable, "dns_failed", "the name of the proxy for \(place) cannot be resolved")
      case CURLE_COULDNT_CONNECT: (.unavailable, "connect_failed", "\(place) does not take connections")
      case CURLE_PROXY: (.unavailable, "proxy_failed", "the proxy does not connect to \(place)")
      case CURLE_OPERATION_TIMEDOUT: (.timeout, "connect_timeout", "\(place) could not be reached in time")
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
        (
          .unavailable, "tls_failed",
          "the certificate of \(place) is not valid: expired, for another name, or by an authority nobody trusts"
        )
      case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_USE_SSL_FAILED:
        (.unavailable, "tls_failed", "no secure connection to \(place) could be made")
      case CURLE_PARTIAL_FILE: (.unavailable, "truncated", "\(place) ended its answer early")
      case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR: (.unavailable, "connection_lost", "the connection to \(place) was lost")
      case CURLE_BAD_CONTENT_ENCODING: (.unavailable, "bad_encoding", "the compressed answer of \(place) cannot be read")
      case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WRITE_ERROR:
        (.unavailable, "protocol_error", "what \(place) answers is no valid HTTP")
      case CURLE_OUT_OF_MEMORY: (.overloaded, "no_memory", "the host has no memory left for the request")
      default: (.unavailable, "transfer_failed", "the request to \(place) failed")
      }
    self.init(
      cls, sentence, effects: sent ? .maybe : .none, code: code,
      detail: "\(String(cString: curl_easy_strerror(result))) (libcurl \(result.rawValue))")
  }
}
