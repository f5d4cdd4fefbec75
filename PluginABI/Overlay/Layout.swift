// The sizes of the ABI's structs as Swift sees them, held against the sizes the headers promise.

public import PluginABI

/// Checks that Swift imported every ABI struct with the size the headers assert; a mismatch means mixed builds.
public enum Layout {
  /// One line per struct whose imported size differs from the published one; empty when all is well.
  public static func mismatches() -> [String] {
    sizes.filter { $0.imported != $0.published }.map {
      "\($0.name): Swift imported \($0.imported) bytes, the headers publish \($0.published)"
    }
  }

  /// Every struct that crosses the ABI.
  public static var sizes: [(name: String, imported: Int, published: Int)] {
    [
      ("vox_view", MemoryLayout<vox_view>.stride, 16),
      ("vox_pair", MemoryLayout<vox_pair>.stride, 32),
      ("vox_error", MemoryLayout<vox_error>.stride, 88),
      ("vox_event", MemoryLayout<vox_event>.stride, 32),
      ("vox_ev_text", MemoryLayout<vox_ev_text>.stride, 72),
      ("vox_ev_mark", MemoryLayout<vox_ev_mark>.stride, 56),
      ("vox_ev_failed", MemoryLayout<vox_ev_failed>.stride, 120),
      ("vox_ev_account", MemoryLayout<vox_ev_account>.stride, 144),
      ("vox_audio", MemoryLayout<vox_audio>.stride, 32),
      ("vox_ev_audio", MemoryLayout<vox_ev_audio>.stride, 64),
      ("vox_word", MemoryLayout<vox_word>.stride, 32),
      ("vox_ev_words", MemoryLayout<vox_ev_words>.stride, 96),
      ("vox_ev_usage", MemoryLayout<vox_ev_usage>.stride, 80),
      ("vox_ev_tool", MemoryLayout<vox_ev_tool>.stride, 88),
      ("vox_ev_leg", MemoryLayout<vox_ev_leg>.stride, 56),
      ("vox_ev_dtmf", MemoryLayout<vox_ev_dtmf>.stride, 40),
      ("vox_ev_quality", MemoryLayout<vox_ev_quality>.stride, 48),
      ("vox_ev_route", MemoryLayout<vox_ev_route>.stride, 112),
      ("vox_ev_socket", MemoryLayout<vox_ev_socket>.stride, 64),
      ("vox_host_v0", MemoryLayout<vox_host_v0>.stride, 56),
      ("vox_open", MemoryLayout<vox_open>.stride, 72),
      ("vox_request", MemoryLayout<vox_request>.stride, 72),
      ("vox_session_v0", MemoryLayout<vox_session_v0>.stride, 80),
      ("vox_account_conf", MemoryLayout<vox_account_conf>.stride, 80),
      ("vox_plugin_v0", MemoryLayout<vox_plugin_v0>.stride, 80),
      ("vox_route", MemoryLayout<vox_route>.stride, 56),
      ("vox_response", MemoryLayout<vox_response>.stride, 40),
      ("vox_http_server_v0", MemoryLayout<vox_http_server_v0>.stride, 40),
      ("vox_socket_v0", MemoryLayout<vox_socket_v0>.stride, 40),
      ("vox_http_request", MemoryLayout<vox_http_request>.stride, 88),
      ("vox_ev_http_head", MemoryLayout<vox_ev_http_head>.stride, 72),
      ("vox_ev_http_body", MemoryLayout<vox_ev_http_body>.stride, 56),
      ("vox_ev_refused", MemoryLayout<vox_ev_refused>.stride, 128),
      ("vox_http_v0", MemoryLayout<vox_http_v0>.stride, 48),
      ("vox_websocket_request", MemoryLayout<vox_websocket_request>.stride, 48),
      ("vox_ev_websocket_refused", MemoryLayout<vox_ev_websocket_refused>.stride, 160),
      ("vox_websocket_v0", MemoryLayout<vox_websocket_v0>.stride, 24),
      ("vox_ev_state", MemoryLayout<vox_ev_state>.stride, 80),
      ("vox_state_v0", MemoryLayout<vox_state_v0>.stride, 48),
    ]
  }

  /// The head every event struct opens with, filled in.
  @inlinable public static func head<E>(
    _ type: E.Type, _ kind: EventKind, flags: UInt16 = 0, target: vox_handle, op: vox_handle = 0
  ) -> vox_event {
    vox_event(
      struct_size: UInt32(MemoryLayout<E>.size), kind: kind.rawValue, flags: flags, target: target, op: op, at: 0)
  }
}
