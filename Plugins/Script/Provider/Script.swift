// A language model's stand-in without a model: a scripted conversation from one flow file, the same answer every time.

public import PluginABI
import PluginKit
import Vox

private let manifest = """
  {
    "id": "script", "name": "Scripted dialogue", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
    "roles": {"vox.llm/0": {"tools": true, "parallel_tools": false, "prefill": true, "vocabulary": true}},
    "settings": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "flow": {"type": "string", "minLength": 1, "maxLength": 4096,
                 "description": "path of the flow file (YAML) of this agent"},
        "sure_permille": {"type": "integer", "minimum": 0, "maximum": 1000,
                          "description": "words recognised with less confidence lead to a question back; default 500"},
        "poor_permille": {"type": "integer", "minimum": 0, "maximum": 1000,
                          "description": "words recognised with less confidence are asked for again; default 150"},
        "dictionary": {"type": "string", "minLength": 1, "maxLength": 4096,
                       "description": "pronouncing dictionary (CMU format) for the recogniser's vocabulary; default that of Debian's pocketsphinx-en-us"}
      }
    }
  }
  """

let plugin = PluginDefinition(manifest: manifest) { host, settings in try ScriptProvider(host, settings) }

/// The one symbol of this library.
@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
