// A plugin that fails as providers fail: on request, at a chosen moment, in every role but the line's.

public import PluginABI
import PluginKit
import Vox

private let manifest = """
  {
    "id": "faults", "name": "Faults", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
    "roles": {
      "vox.stt/0": {"rates_in": [16000, 8000], "interim": true, "flush": true, "word_times": "word", "input_rate_permille": 8000},
      "vox.llm/0": {"tools": true, "prefill": true},
      "vox.tts/0": {"rates_out": [16000, 8000], "word_times": "word", "ops": 2, "text_max_bytes": 2000, "normalises_text": true},
      "vox.tool/0": {"list": false, "idempotency": true}
    },
    "settings": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "fault": {"enum": [\(Fault.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))], "description": "default none"},
        "skip": {"type": "integer", "minimum": 0, "maximum": 1000, "description": "pieces of work served well before the fault; default 0"},
        "times": {"type": "integer", "minimum": 0, "maximum": 1000, "description": "pieces of work that meet the fault; default 0: all"},
        "armed": {"type": "string", "maxLength": 1000, "description": "a file: the fault strikes only while it is there; default: always"},
        "disarms": {"type": "boolean", "description": "each file armed makes one piece of work fail, and is removed by it; default false"},
        "end": {"enum": [\(ProcessEnd.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))], "description": "crash: how; default abort"},
        "after": {"type": "integer", "minimum": 0, "maximum": 1000, "description": "words, or tokens, given well before it; default 0"},
        "late_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "description": "slow: how much later the first output is; default 3000"},
        "error_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "description": "until an error is told, as over a network; default 30"},
        "retry_after_ms": {"type": "integer", "minimum": 0, "maximum": 3600000, "description": "rate: default 30000"},
        "first_ms": {"type": "integer", "minimum": 0, "maximum": 60000,
          "description": "a well provider's first output: default 150 for tts, 250 for llm, 20 for tool; stt: its finals, 200"},
        "speed_permille": {"type": "integer", "minimum": 1000, "maximum": 100000, "description": "tts: how fast sound comes; default 4000"},
        "word_times": {"type": "boolean", "description": "tts: tells when which word is said; default true"},
        "tokens_per_second": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "llm: default 50"},
        "resume": {"enum": ["prefill", "asked", "restart"],
          "description": "llm, given the beginning of its answer: goes on; goes on when a message asks for it; begins again. Default prefill"},
        "calls_tool": {"type": "boolean", "description": "llm: calls the tool book before it answers; default false"},
        "interim_ms": {"type": "integer", "minimum": 20, "maximum": 60000, "description": "stt: sound between interims; default 300"},
        "final_words": {"type": "integer", "minimum": 0, "maximum": 1000, "description": "stt: a final after so many words; default 0: when asked"},
        "keeps_keys": {"type": "boolean", "description": "tool: the same key takes effect once; default true"},
        "log": {"type": "string", "maxLength": 1000, "description": "a file: one line for each completion asked for and each effect of a tool"}
      }
    }
  }
  """

let plugin = PluginDefinition(manifest: manifest) { host, settings in FaultsProvider(host, settings) }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
