// Flite as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit
import Vox

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "flite", "name": "Flite", "version": "0.1.0", "licence": "BSD-3-Clause", "network": "none", "isolation": "any",
      "roles": {"vox.tts/0": {"rates_out": [16000, 8000], "word_times": "word", "text_max_bytes": 600, "ops": 8, "ssml": false, "normalises_text": true,
        "tags": [], "languages": ["en-US"]}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "voice": {"enum": ["slt", "rms", "awb", "kal", "kal16"], "default": "slt",
            "description": "slt is a woman, rms and awb are men; kal and kal16 are rougher, cheaper, and repeat exactly"},
          "speed": {"type": "number", "minimum": 0.5, "maximum": 2, "default": 1, "description": "factor on the voice's own speed"},
          "pitch": {"type": "number", "minimum": 0.6, "maximum": 1.6, "default": 1, "description": "factor on the voice's own pitch"},
          "threads": {"type": "integer", "minimum": 1, "maximum": 64, "default": 2,
            "description": "sentences synthesised at the same time, for all calls together; one thread speaks for about 100"}
        }
      },
      "secrets": [], "hosts": [], "services": []
    }
    """#
) { host, settings in try FliteProvider(host: host, settings: settings) }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
