// The plugin to read first: all five roles of the ABI, served with neither a vendor, a network nor a thread of its own.

public import PluginABI
import PluginKit
import Vox

/// What the host reads before it runs any of our code: who we are, what each role can do (its traits), which settings we take.
private let manifest = """
  {
    "id": "echo", "name": "Echo", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
    "roles": {
      "vox.stt/0": {"rates_in": [16000, 8000], "interim": true, "turn_end": true, "flush": true, "word_times": "word",
                    "input_rate_permille": 20000},
      "vox.llm/0": {"tools": true},
      "vox.tts/0": {"rates_out": [16000, 8000, 24000, 48000], "word_times": "word", "ops": 4, "text_max_bytes": 2000, "normalises_text": true},
      "vox.tool/0": {"list": true},
      "vox.telephony/0": {"rates": [16000, 8000], "lead_ms": 40, "clear": true, "clocked": true, "dtmf_out": true, "played": "exact"}
    },
    "settings": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "hears": {"type": "array", "items": {"type": "string", "maxLength": 500}, "minItems": 1, "maxItems": 1000,
                  "description": "stt: what the next bursts of sound mean, one after the other, then from the start; default [\\"hello\\"]"},
        "silence_ms": {"type": "integer", "minimum": 20, "maximum": 5000, "description": "stt: the quiet that ends a burst; default 300"},
        "delay_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "description": "llm, tts: how late the first output comes; default 0"},
        "voice": {"type": "integer", "minimum": 0, "maximum": 1, "description": "tts: which of two voices speaks; default 0"}
      }
    }
  }
  """

let plugin = PluginDefinition(manifest: manifest) { _, _ in EchoProvider() }

/// The one symbol of this library. It only answers a table of functions; everything else begins when the host calls those.
@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
