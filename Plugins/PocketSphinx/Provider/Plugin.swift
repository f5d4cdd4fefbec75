// PocketSphinx as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit
import Vox

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "pocketsphinx", "name": "PocketSphinx", "version": "0.1.0", "licence": "BSD-2-Clause", "network": "none",
      "isolation": "any",
      "roles": {"vox.stt/0": {"rates_in": [16000, 8000], "interim": true, "turn_end": false, "flush": true, "word_times": "word",
        "confidence": true, "expect": true, "input_rate_permille": 8000, "max_sessions": 64, "languages": ["en-US"]}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "vocabulary": {"type": "object", "description":
            "what callers may say, given by the host: {id, directory, keyterms}; the directory holds domain.dict, domain.lm and *.gram"},
          "dictionary": {"type": "string", "maxLength": 4096, "description": "pronunciations, for agents without a vocabulary"},
          "language_model": {"type": "string", "maxLength": 4096, "description": "n-grams in ARPA form, for the same agents"},
          "hmm": {"type": "string", "maxLength": 4096, "default": "/usr/share/pocketsphinx/model/en-us/en-us",
            "description": "folder of the acoustic model"},
          "endpoint_silence_ms": {"type": "integer", "minimum": 200, "maximum": 3000, "default": 600,
            "description": "quiet that ends an utterance when the host does not end it sooner"},
          "threads": {"type": "integer", "minimum": 1, "maximum": 64,
            "description": "utterances decoded at the same time, for all calls together; as many as cores by default"},
          "max_sessions": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 64,
            "description": "calls recognised at the same time, at about 8 MB each"}
        }
      },
      "secrets": [], "hosts": [], "services": []
    }
    """#
) { host, settings in SphinxProvider(try Settings(settings)) }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
