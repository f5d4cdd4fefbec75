// What is counted about WebSockets.

import Observe

/// The meters of all sockets.
struct SocketTraffic: Sendable {
  let open: Gauge
  let messagesIn: Counter
  let messagesOut: Counter

  init(_ metrics: Metrics) {
    open = metrics.gauge("host_sockets_open", "WebSockets open now.")
    messagesIn = metrics.counter("host_socket_messages_in_total", "Messages that plugins received.")
    messagesOut = metrics.counter("host_socket_messages_out_total", "Messages that plugins sent.")
  }
}
