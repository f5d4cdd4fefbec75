// Claude as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit
import Vox

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "claude", "name": "Claude", "version": "0.1.0", "licence": "MIT", "network": "none", "isolation": "any",
      "hosts": ["api.anthropic.com"], "services": ["vox.http/0"], "secrets": ["api_key"],
      "roles": {"vox.llm/0": {"prefill": true, "tools": true, "parallel_tools": true, "context_tokens": 200000, "vocabulary": false,
        "cancel_grace_ms": 50}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "base_url": {"type": "string", "default": "https://api.anthropic.com", "scope": "provider",
            "description": "where the Messages API is served, without /v1: the vendor, a gateway or a proxy"},
          "auth": {"enum": ["x-api-key", "bearer"], "default": "x-api-key",
            "description": "the header that carries the key; gateways often want bearer"},
          "version": {"type": "string", "minLength": 10, "maxLength": 10, "default": "2026-10-21",
            "description": "of the API, sent as anthropic-version; before 2026-10-21 sampling parameters are allowed"},
          "beta": {"type": "array", "items": {"type": "string"}, "default": [],
            "description": "beta features to switch on, sent as anthropic-beta"},
          "headers": {"type": "object", "additionalProperties": {"type": "string"}, "default": {},
            "description": "further headers by name, such as anthropic-workspace-id"},
          "model": {"type": "string", "minLength": 1, "default": "claude-sonnet-5-5",
            "description": "any the key may use; a smaller one answers sooner"},
          "max_tokens": {"type": "integer", "minimum": 1, "maximum": 64000, "default": 1024,
            "description": "tokens of one answer where the host names no limit; thinking counts too, unless it has a budget of its own"},
          "temperature": {"type": "number", "minimum": 0, "maximum": 1, "description": "left out unless version is before 2026-10-21"},
          "top_p": {"type": "number", "minimum": 0, "maximum": 1, "description": "as temperature"},
          "top_k": {"type": "integer", "minimum": 0, "maximum": 500, "description": "as temperature"},
          "stop_sequences": {"type": "array", "items": {"type": "string"}, "default": [], "description": "texts that end an answer"},
          "thinking": {"enum": ["default", "disabled", "adaptive", "between_tools", "enabled"], "default": "disabled",
            "description": "thinking is silence on a telephone; default leaves it to the model, for models that refuse to be told"},
          "thinking_budget": {"type": "integer", "minimum": 1024, "maximum": 63999, "default": 1024,
            "description": "tokens, where thinking is enabled; they come on top of the limit of the answer"},
          "effort": {"enum": ["default", "low", "medium", "high", "xhigh", "max"], "default": "default",
            "description": "how much work an answer is worth; low answers sooner, default leaves it out, for models without it"},
          "prompt_cache": {"enum": ["off", "5m", "1h"], "default": "5m",
            "description": "how long the agent's instructions and tools are kept by the vendor after their last use; too short ones are not kept"},
          "parallel_tools": {"type": "boolean", "default": true, "description": "several tools may be called at once"},
          "eager_tools": {"type": "boolean", "default": false,
            "description": "arguments of tools come as they are written, unchecked by the vendor: sooner, and sometimes broken"},
          "prefill": {"type": "boolean", "default": false,
            "description": "the model goes on from the beginning of its own answer; the families up to 4-5 do, newer ones refuse it and are asked in words; not with thinking"},
          "server_tools": {"type": "array", "items": {"type": "object"}, "default": [],
            "description": "tools that the vendor runs itself, in the words of its API"},
          "max_pauses": {"type": "integer", "minimum": 0, "maximum": 10, "default": 3,
            "description": "how often an answer that the vendor pauses for its own tools is taken up again"},
          "extra_body": {"type": "object", "default": {}, "description": "members of the request this plugin does not know"},
          "connect_ms": {"type": "integer", "minimum": 100, "maximum": 30000, "default": 2000, "description": "name, TCP and TLS, in ms"},
          "first_byte_ms": {"type": "integer", "minimum": 500, "maximum": 300000, "default": 10000,
            "description": "until the answer begins, in ms"},
          "stall_ms": {"type": "integer", "minimum": 500, "maximum": 300000, "default": 10000,
            "description": "the longest silence in the middle of an answer, in ms; the vendor's pings break it"}
        }
      }
    }
    """#
) { host, _ in ClaudeProvider(host) }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
