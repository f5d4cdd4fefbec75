// The host's client services on the command line: what they hear of a peer, as lines that a test can read.

import Base
import Glibc
import PluginABI
import Services
import Synchronization
import Vox

/// `services-probe http METHOD URL [BODY]`, `services-probe socket URL TEXT…`, `services-probe latency URL SESSIONS EVENTS`.
/// Environment: CA_FILE, PROXY, REPEAT (requests one after the other), WARM (connections first), TAPE (records there).
@main
struct Probe {
  static func main() throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count >= 2 else { return print("usage: services-probe http|socket|latency …") }
    let kind = arguments.removeFirst()
    let url = kind == "http" ? arguments[1] : arguments[0]
    let listener = Listener()
    let services = try Services(clock: SystemClock())
    let client = ServiceClient(
      name: "probe", account: 1, reach: Reach(manifest: [], settings: ["base_url": .string(url)]), caFile: variable("CA_FILE"),
      proxy: variable("PROXY"),
      tape: variable("TAPE").isEmpty ? nil : try Tape.recording(to: variable("TAPE"), secrets: [], clock: SystemClock()),
      ports: ServiceClient.Ports(
        deliver: { listener.hear($0) }, owns: { _ in true }, settle: { $0() }, log: { text, _ in print("log \(text)") }))
    let tables = services.tables(for: client)
    switch kind {
    case "http": http(services, tables, listener, method: arguments[0], url: url, body: arguments.count > 2 ? arguments[2] : "")
    case "socket": socket(tables, listener, url: url, texts: Array(arguments.dropFirst()))
    case "latency": latency(tables, listener, url: url, sessions: Int(arguments[1]) ?? 1, events: Int(arguments[2]) ?? 1)
    default: print("usage: services-probe http|socket|latency …")
    }
  }

  static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

  private static func http(
    _ services: Services, _ tables: ServiceTables, _ listener: Listener, method: String, url: String, body: String
  ) {
    if let count = UInt32(variable("WARM")) {
      withView(url) { view in
        var view = view
        _ = tables.http.pointee.warm?(tables.http.pointee.ctx, &view, count)
      }
      wait("the warm connections") { services.load.warming == 0 }
    }
    for token in 1...(UInt64(variable("REPEAT")) ?? 1) {
      request(tables, method: method, url: url, body: body, token: token)
      listener.waitForEnds(Int(token))
    }
  }

  private static func request(_ tables: ServiceTables, method: String, url: String, body: String, token: UInt64, owner: vox_handle = 2) {
    withView(method) { method in
      withView(url) { url in
        withView(body) { body in
          var request = vox_http_request()
          request.struct_size = UInt32(MemoryLayout<vox_http_request>.size)
          request.method = method
          request.url = url
          request.body = body
          let status = tables.http.pointee.request?(tables.http.pointee.ctx, owner, token, &request) ?? -1
          if status != vox_status(VOX_OK) { print("status \(status)") }
        }
      }
    }
  }

  private static func socket(_ tables: ServiceTables, _ listener: Listener, url: String, texts: [String]) {
    withView(url) { url in
      var request = vox_websocket_request()
      request.struct_size = UInt32(MemoryLayout<vox_websocket_request>.size)
      request.url = url
      _ = tables.webSocket.pointee.connect?(tables.webSocket.pointee.ctx, 2, 1, &request)
    }
    let table = tables.socket(incoming: nil).pointee
    for text in texts {
      withView(text) { view in
        var view = view
        _ = table.send?(table.ctx, 2, 1, 0, &view)
      }
    }
    listener.waitForMessages(texts.count)
    var reason = vox_view(ptr: nil, len: 0)
    _ = table.close?(table.ctx, 2, 1, 1000, &reason)
    listener.waitForEnds(1)
  }

  /// Each event of the peer carries the moment it was written, in nanoseconds of the same clock; told is how long it was on its way to the
  /// `deliver` of the ABI.
  private static func latency(_ tables: ServiceTables, _ listener: Listener, url: String, sessions: Int, events: Int) {
    listener.isMeasuring.store(true, ordering: .relaxed)
    for token in 1...UInt64(sessions) { request(tables, method: "GET", url: url, body: "", token: token, owner: token + 1) }
    listener.waitForEnds(sessions)
    let us = listener.latencies.withLock { $0.sorted() }
    guard !us.isEmpty else { return print("nothing came") }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let cpu = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    print("events \(us.count) p50_us \(us[us.count / 2]) p99_us \(us[us.count * 99 / 100]) max_us \(us[us.count - 1]) cpu_s \(cpu)")
  }
}

/// Hears everything, on the network's thread.
final class Listener: Sendable {
  let isMeasuring = Atomic(false)
  let latencies = Mutex<[Int]>([])
  private let ends = Atomic(0)
  private let messages = Atomic(0)

  func hear(_ e: UnsafePointer<vox_event>) -> vox_status {
    let raw = UnsafeRawPointer(e)
    let kind = EventKind(rawValue: e.pointee.kind)
    switch kind {
    case .httpHead, .webSocketOpen:
      let head = raw.load(as: vox_ev_http_head.self)
      guard !isMeasuring.load(ordering: .relaxed) else { break }
      print(
        "head \(head.status) reused \(head.h.flags & 1) h2 \(head.h.flags >> 1 & 1) dns_us \(head.dns_us) tcp_us \(head.tcp_us) tls_us \(head.tls_us) first_byte_us \(head.first_byte_us)"
      )
    case .httpBody:
      let body = raw.load(as: vox_ev_http_body.self)
      if isMeasuring.load(ordering: .relaxed) { measure(body.data) } else { print("body \(body.data.len) \(body.data.string.prefix(200))") }
    case .httpDone: end("done")
    case .httpFailed:
      end(
        "failed \(ProviderError(raw.load(as: vox_ev_refused.self).error)) \(ProviderError(raw.load(as: vox_ev_refused.self).error).detail)")
    case .webSocketRefused:
      let refused = raw.load(as: vox_ev_websocket_refused.self)
      end("refused \(refused.status) \(ProviderError(refused.error)) body \(refused.body.string)")
    case .socketText, .socketBinary:
      let socket = raw.load(as: vox_ev_socket.self)
      print("\(kind == .socketText ? "text" : "binary") \(socket.data.len) \(socket.data.string.prefix(60))")
      messages.add(1, ordering: .releasing)
    case .socketClosed:
      let socket = raw.load(as: vox_ev_socket.self)
      end("closed \(socket.code) \(socket.data.string)")
    default: break
    }
    return vox_status(VOX_OK)
  }

  private func end(_ line: String) {
    if !isMeasuring.load(ordering: .relaxed) || line != "done" { print(line) }
    ends.add(1, ordering: .releasing)
  }

  /// Reads `data: NANOSECONDS` lines.
  private func measure(_ data: vox_view) {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let ns = Int(now.tv_sec) * 1_000_000_000 + Int(now.tv_nsec)
    for line in data.string.split(separator: "\n") {
      if let sent = Int(line.drop { !$0.isNumber }) { latencies.withLock { $0.append((ns - sent) / 1000) } }
    }
  }

  func waitForEnds(_ count: Int) { wait("\(count) ends") { ends.load(ordering: .acquiring) >= count } }
  func waitForMessages(_ count: Int) {
    wait("\(count) messages") { messages.load(ordering: .acquiring) >= count || ends.load(ordering: .acquiring) > 0 }
  }
}

/// Waits for a fact, at most 60 s; ends the program with a sentence and status 1 when it does not come.
private func wait(_ what: String, _ fact: () -> Bool) {
  let clock = SystemClock()
  let deadline = clock.now.advanced(byMs: 60_000)
  while !fact() {
    guard clock.now < deadline else {
      print("failed: \(what) did not come within 60 s")
      exit(1)
    }
    usleep(1000)
  }
}
