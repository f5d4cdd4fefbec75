// OpenAI and the servers that speak its dialect as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit
import Vox

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "openai", "name": "OpenAI", "version": "0.1.0", "licence": "MIT", "network": "none", "isolation": "any",
      "hosts": ["api.openai.com"], "services": ["vox.http/0"], "secrets": ["api_key"],
      "roles": {
        "vox.llm/0": {"prefill": true, "tools": true, "parallel_tools": true, "context_tokens": 128000, "vocabulary": false,
          "cancel_grace_ms": 50},
        "vox.tts/0": {"rates_out": [24000, 16000, 8000, 48000], "word_times": "none", "text_max_bytes": 4096, "ops": 2, "tags": [],
          "ssml": false, "cancel_grace_ms": 50},
        "vox.stt/0": {"rates_in": [16000, 8000], "interim": false, "turn_end": false, "flush": true, "word_times": "word",
          "confidence": false, "expect": false, "cancel_grace_ms": 50}
      },
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "base_url": {"type": "string", "default": "https://api.openai.com/v1", "scope": "provider",
            "description": "where the API is served, version included: http://127.0.0.1:11434/v1 for Ollama, https://api.groq.com/openai/v1 for Groq"},
          "dialect": {"enum": ["openai", "ollama", "llama", "vllm", "lmstudio", "groq", "other"], "default": "openai",
            "description": "whose server answers, which decides how a limit is named and what else is sent"},
          "headers": {"type": "object", "additionalProperties": {"type": "string"}, "default": {},
            "description": "further headers by name, such as OpenAI-Project"},
          "connect_ms": {"type": "integer", "minimum": 100, "maximum": 30000, "default": 2000, "description": "name, TCP and TLS, in ms"},
          "first_byte_ms": {"type": "integer", "minimum": 500, "maximum": 300000, "default": 10000,
            "description": "until an answer begins, in ms; a server that loads its model first needs more"},
          "stall_ms": {"type": "integer", "minimum": 500, "maximum": 300000, "default": 10000,
            "description": "the longest silence in the middle of an answer, in ms"},

          "model": {"type": "string", "minLength": 1, "default": "gpt-6-luna", "description": "language model"},
          "max_tokens": {"type": "integer", "minimum": 1, "maximum": 64000, "default": 1024,
            "description": "tokens of one answer where the host names no limit, thinking included"},
          "max_tokens_member": {"enum": ["", "max_completion_tokens", "max_tokens"], "default": "",
            "description": "how the server calls the limit; empty as the dialect has it"},
          "stream_usage": {"type": "boolean", "default": true,
            "description": "ask for the tokens at the end of a stream; off for servers that refuse it, whose usage is then estimated"},
          "system_role": {"enum": ["system", "developer"], "default": "system", "description": "who gives the instructions"},
          "strict_turns": {"type": "boolean", "default": false,
            "description": "users and assistants in turn, a user first, for templates of models that refuse anything else"},
          "parallel_tools": {"type": "boolean", "default": true, "description": "several tools may be called at once"},
          "prefill": {"type": "boolean", "default": false,
            "description": "the model goes on from the beginning of its own answer: vLLM, llama.cpp and Ollama do, OpenAI does not"},
          "temperature": {"type": "number", "minimum": 0, "maximum": 2, "description": "left out while unset; reasoning models refuse it"},
          "top_p": {"type": "number", "minimum": 0, "maximum": 1, "description": "as temperature"},
          "stop": {"type": "array", "items": {"type": "string"}, "maxItems": 4, "description": "texts that end an answer"},
          "seed": {"type": "integer", "description": "for answers that repeat, where the server knows it"},
          "reasoning_effort": {"enum": ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
            "description": "thinking is silence on a telephone: none or minimal where the model knows them; left out while unset"},
          "service_tier": {"type": "string", "description": "left out while unset"},
          "prompt_cache_key": {"type": "string", "description": "sends equal prompts to the same cache; left out while unset"},
          "extra_body": {"type": "object", "default": {}, "description": "members of a chat request this plugin does not know"},

          "speech_model": {"type": "string", "minLength": 1, "default": "gpt-4o-mini-tts", "description": "of the voice"},
          "voice": {"type": ["string", "object"], "default": "alloy", "description": "a name, or an object such as {\"id\": \"voice_1\"}"},
          "speech_format": {"enum": ["pcm", "wav"], "default": "pcm", "description": "pcm begins sooner; wav says its own rate"},
          "speech_rate": {"type": "integer", "minimum": 8000, "maximum": 48000, "default": 24000,
            "description": "of pcm, in Hz: 24,000 with OpenAI; self-hosted servers have their voice's own"},
          "speed": {"type": "number", "minimum": 0.25, "maximum": 4, "description": "factor on the voice's own speed; left out while unset"},
          "instructions": {"type": "string", "description": "how the voice is to speak; left out while unset"},
          "speech_extra": {"type": "object", "default": {}, "description": "members of a speech request this plugin does not know"},

          "transcription_model": {"type": "string", "minLength": 1, "default": "gpt-transcribe", "description": "of the recogniser"},
          "transcription_format": {"enum": ["json", "verbose_json", "text"], "default": "json",
            "description": "verbose_json brings times of words, with Whisper models; text is for servers that know no json"},
          "language": {"type": "string", "description": "of the caller, ISO 639-1; the call's own while unset"},
          "prompt": {"type": "string", "default": "", "description": "names and words to expect, for the recogniser"},
          "keywords": {"type": "array", "items": {"type": "string"}, "default": [], "description": "as prompt, word by word; newer models only"},
          "transcription_extra": {"type": "object", "additionalProperties": {"type": "string"}, "default": {},
            "description": "fields of the form this plugin does not know"},
          "max_utterance_ms": {"type": "integer", "minimum": 1000, "maximum": 60000, "default": 20000,
            "description": "speech that goes on for longer is sent in parts of so many ms"},
          "silence_dbfs": {"type": "number", "minimum": -100, "maximum": 0, "default": -50,
            "description": "what is quieter is not speech, in dB below full scale: without speech nothing is sent, because recognisers of files invent words in silence"}
        }
      }
    }
    """#
) { host, _ in OpenAIProvider() }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
