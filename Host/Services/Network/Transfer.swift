// What every transfer is told: whom to trust, how to connect, what never to do.

import CCurl

/// Owns an easy handle of libcurl. On the network's thread.
final class Transfer {
  let easy: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?
  private let client: ServiceClient

  init?(_ address: Address, _ client: ServiceClient, share: UnsafeMutableRawPointer?, connectMs: Int) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    self.client = client
    text(CURLOPT_URL, address.url)
    text(CURLOPT_PROTOCOLS_STR, "http,https")
    // Signals would reach other threads, and an answer elsewhere is no answer of this host.
    number(CURLOPT_NOSIGNAL, 1)
    number(CURLOPT_FOLLOWLOCATION, 0)
    number(CURLOPT_CONNECTTIMEOUT_MS, connectMs)
    number(CURLOPT_TCP_KEEPALIVE, 1)
    number(CURLOPT_MAXAGE_CONN, Limits.idleSeconds)
    number(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if !client.caFile.isEmpty { text(CURLOPT_CAINFO, client.caFile) }
    // Always set: the environment of the host does not decide where a caller's words go.
    text(CURLOPT_PROXY, client.proxy)
    text(CURLOPT_NOPROXY, "")
    number(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    if let share { ccurl_set_pointer(easy, CURLOPT_SHARE, share) }
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headers)
  }

  func text(_ option: CURLoption, _ value: String) { ccurl_set_text(easy, option, value) }
  func number(_ option: CURLoption, _ value: Int) { ccurl_set_long(easy, option, value) }

  /// Adds a header line; without a value the library's own line of that name is left out.
  func header(_ line: String) { headers = curl_slist_append(headers, line) ?? headers }

  func setHeaders() { ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers) }

  /// Microseconds that the name, TCP and TLS took; zeros for a connection that was open.
  var connecting: (dns: Int, tcp: Int, tls: Int) {
    guard !isReused else { return (0, 0, 0) }
    let dns = ccurl_time_us(easy, CURLINFO_NAMELOOKUP_TIME_T)
    let tcp = ccurl_time_us(easy, CURLINFO_CONNECT_TIME_T)
    let tls = ccurl_time_us(easy, CURLINFO_APPCONNECT_TIME_T)
    return (Int(dns), Int(max(tcp - dns, 0)), Int(max(tls - tcp, 0)))
  }

  var isReused: Bool { ccurl_long(easy, CURLINFO_NUM_CONNECTS) == 0 }
}
