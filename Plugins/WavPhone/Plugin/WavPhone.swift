// Telephony without a telephone: synthetic callers that play WAV files in real time, any number of them at once.

public import PluginABI
import PluginKit
import Vox
import WavCaller

private let manifest = """
  {
    "id": "wavphone", "name": "WAV phone", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
    "routes": true, "inbound": true, "services": ["vox.http_server/0"],
    "roles": {
      "vox.telephony/0": {"rates": [16000, 8000], "lead_ms": 40, "clear": true, "clocked": true, "dtmf_out": true,
                          "transfer": ["blind"], "played": "exact"}
    },
    "secrets": ["control_key"],
    "settings": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "rate": {"enum": [8000, 16000], "description": "Hz of every line; default: 16000, and calls may choose"},
        "codec": {"enum": ["pcm", "ulaw", "alaw"], "description": "what the sound goes through on the line; default pcm"},
        "record_dir": {"type": "string", "maxLength": 1000, "description": "where calls without `record` are recorded; default: they are not"},
        "control": {"type": "boolean",
          "description": "serve POST calls to this machine's commands, and with control_key to the network; default false"},
        "calls": {"type": "array", "maxItems": 1000, "description": "calls to place by itself",
          "items": \(CallScript.schema(with: WavSettings.batchMembers))},
        "legs": {"type": "object", "description": "by number: who answers when the agent dials or transfers",
          "additionalProperties": \(CallScript.schema(with: WavSettings.legMembers))}
      }
    }
  }
  """

let plugin = PluginDefinition(manifest: manifest) { host, settings in try WavProvider(host, settings) }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
