// The embedded recogniser as a plugin: who we are, and the one symbol.

public import PluginABI
import PluginKit
import PocketSphinxEngine
import Vox

private let manifest = """
  {
    "id": "pocketsphinx", "name": "PocketSphinx", "version": "0.1.0", "licence": "BSD-2-Clause", "network": "none",
    "roles": {
      "vox.stt/0": {"rates_in": [16000, 8000], "interim": true, "flush": true, "word_times": "word", "confidence": true, "expect": true,
                    "input_rate_permille": 8000, "languages": ["en-US"]}
    },
    "settings": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "hmm": {"type": "string", "maxLength": 1024, "description": "folder of the acoustic model; default: Debian's pocketsphinx-en-us"},
        "vocabulary": {"type": "object", "description": "given by the host: {id, directory, keyterms} of the agent's model"},
        "endpoint_silence_ms": {"type": "integer", "minimum": 200, "maximum": 3000, "description": "quiet that ends an utterance; default 600"},
        "threads": {"type": "integer", "minimum": 1, "maximum": 64, "description": "threads that decode; default 2"},
        "max_sessions": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "decoders in use at once, about 8 MB each; default 64"}
      }
    }
  }
  """

let plugin = PluginDefinition(manifest: manifest) { host, settings in SphinxProvider(settings) }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
