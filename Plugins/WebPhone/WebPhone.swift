// Telephony over a WebSocket: a page that is a phone, and a protocol with which any program can be one.

public import PluginABI
import PluginKit
import Vox

private let manifest = """
  {
    "id": "webphone", "name": "Web phone", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
    "routes": true, "inbound": true, "services": ["vox.http_server/0", "vox.socket/0"],
    "roles": {
      "vox.telephony/0": {"rates": [16000], "lead_ms": 100, "clear": true, "clocked": false, "dtmf_out": false,
                          "played": "exact", "captions": true, "cancel_grace_ms": 400}
    },
    "settings": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "title": {"type": "string", "maxLength": 80, "description": "the name on the page; default Web phone"},
        "to": {"type": "string", "maxLength": 64, "description": "the number a caller reaches who names none; default web"},
        "max_calls": {"type": "integer", "minimum": 1, "maximum": 10000, "description": "calls at the same time; default 100"},
        "ring_ms": {"type": "integer", "minimum": 1000, "maximum": 120000, "description": "how long it rings; default 30000"},
        "origins": {"type": "array", "items": {"type": "string"},
                    "description": "sites, e.g. https://example.com, whose pages may call besides our own"}
      }
    }
  }
  """

let plugin = PluginDefinition(manifest: manifest) { _, settings in WebProvider(settings) }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
