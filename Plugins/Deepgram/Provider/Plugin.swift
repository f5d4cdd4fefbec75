// Deepgram as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit
import Vox

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "deepgram", "name": "Deepgram", "version": "0.1.0", "licence": "MIT", "network": "none", "isolation": "any",
      "hosts": ["api.deepgram.com"], "services": ["vox.http/0", "vox.websocket/0"], "secrets": ["api_key"],
      "roles": {
        "vox.stt/0": {"rates_in": [16000, 8000, 24000, 48000], "interim": true, "turn_end": true, "flush": true, "word_times": "word",
          "confidence": true, "expect": false, "input_rate_permille": 1250, "cancel_grace_ms": 50},
        "vox.tts/0": {"rates_out": [24000, 8000, 16000, 48000, 32000], "word_times": "none", "text_max_bytes": 1000, "ops": 2, "text_grows": true,
          "tags": [], "ssml": false, "cancel_grace_ms": 50}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "base_url": {"type": "string", "default": "https://api.deepgram.com", "scope": "provider",
            "description": "where the API is served, without /v1: the vendor, its EU endpoint, a self-hosted engine or a proxy"},
          "auth": {"enum": ["token", "bearer"], "default": "token",
            "description": "the word before the secret: token for an API key, bearer for a temporary token of /v1/auth/grant"},
          "headers": {"type": "object", "additionalProperties": {"type": "string"}, "default": {},
            "description": "further headers by name"},

          "model": {"type": "string", "minLength": 1, "default": "nova-3",
            "description": "of recognition: nova-3, nova-2 and their variants, a custom model's id, or flux-general-en, flux-general-multi"},
          "language": {"type": "string",
            "description": "BCP 47, or multi; the call's own while unset; empty leaves it to the model; not with Flux"},
          "language_hints": {"type": "array", "items": {"type": "string"}, "default": [],
            "description": "languages to expect; with nova-3 and language multi, or flux-general-multi"},
          "keyterms": {"type": "array", "items": {"type": "string", "minLength": 1}, "default": [],
            "description": "terms to listen for; with models before nova-3 they are keywords and may end in :intensifier"},
          "endpointing_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "default": 300,
            "description": "a pause of so many ms settles what was said; 0 = pauses do not; Nova only"},
          "utterance_end_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "default": 0,
            "description": "so many ms without a new word end the utterance, for turn_end; the vendor advises 1000 or more; 0 = off, or 1000 where turn_end is utterance_end; Nova only"},
          "turn_end": {"enum": ["none", "speech_final", "utterance_end"], "default": "none",
            "description": "which of Nova's marks ends the caller's turn at once; none leaves it to the host; Flux always tells"},
          "speech_started": {"type": "boolean", "default": false, "description": "ask Nova to tell when speech begins (vad_events)"},
          "punctuate": {"type": "boolean", "default": true, "description": "punctuation and capitals; Nova only"},
          "smart_format": {"type": "boolean", "default": false,
            "description": "numbers, dates and currency as they are written; may delay finals; Nova only"},
          "numerals": {"type": "boolean", "default": false, "description": "numbers as digits"},
          "profanity_filter": {"type": "boolean", "default": false, "description": "profanity masked"},
          "filler_words": {"type": "boolean", "default": false, "description": "uh and um are written; Nova only"},
          "mip_opt_out": {"type": "boolean", "default": false,
            "description": "the vendor may not keep the audio to improve its models; changes the price"},
          "redact": {"type": "array", "items": {"type": "string"}, "default": [],
            "description": "kinds of content to leave out: pci, numbers, aggressive_numbers, ssn"},
          "eager_eot_threshold": {"type": "number", "minimum": 0.3, "maximum": 0.9,
            "description": "Flux: from this confidence on an early end of turn is told, so that the answer may begin; left out = never"},
          "eot_threshold": {"type": "number", "minimum": 0.5, "maximum": 1,
            "description": "Flux: the confidence that ends a turn; 1 = silence alone does; left out = the vendor's 0.7"},
          "eot_timeout_ms": {"type": "integer", "minimum": 500, "maximum": 60000,
            "description": "Flux: silence that ends a turn whatever the confidence, in ms; left out = the vendor's 5000"},
          "flux_flush": {"type": "boolean", "default": false,
            "description": "Flux: let the host end a turn (ForceEndTurn) when its own detector hears the end of speech"},
          "listen_options": {"type": "object", "default": {},
            "description": "further options of the recognition's query, such as tag, diarize_model, no_delay; lists repeat the option"},
          "chunk_ms": {"type": "integer", "minimum": 0, "maximum": 250, "default": 0,
            "description": "audio is sent in messages of so many ms; 0 = 20 with Nova, 80 with Flux, as the vendor advises"},
          "idle": {"enum": ["keep_alive", "silence"], "default": "keep_alive",
            "description": "what keeps Nova's stream open while there is no audio; silence is billed; Flux always gets silence"},
          "keep_alive_ms": {"type": "integer", "minimum": 50, "maximum": 4900, "default": 3000,
            "description": "a stream without audio for so long is kept alive, in ms; the vendor closes after 10000"},
          "flush_ms": {"type": "integer", "minimum": 50, "maximum": 10000, "default": 1000,
            "description": "a flush that is not answered within so many ms had nothing to settle"},
          "end_ms": {"type": "integer", "minimum": 100, "maximum": 60000, "default": 3000,
            "description": "the rest of the words must have come so many ms after the audio ended"},

          "voice": {"type": "string", "minLength": 1, "default": "aura-2-thalia-en", "description": "the voice, which holds its model"},
          "speed": {"type": "number", "minimum": 0.5, "maximum": 2, "description": "of the voice; left out = as it is; not all voices take it"},
          "transport": {"enum": ["websocket", "rest"], "default": "websocket",
            "description": "one socket for all texts of a call, or one request for each"},
          "speak_options": {"type": "object", "default": {}, "description": "further options of the voice's query, such as tag, mip_opt_out"},
          "inline_controls": {"type": "boolean", "default": false,
            "description": "leave \\{…\\} in texts: pauses and pronunciations; else they are taken out, since a wrong one ends the socket"},
          "characters_per_minute": {"type": "integer", "minimum": 100, "maximum": 1000000, "default": 2400,
            "description": "characters one socket may be asked for within a minute; a fresh one is taken before"},
          "flushes_per_minute": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 20,
            "description": "texts one socket may be asked for within a minute; a fresh one is taken before"},
          "stall_ms": {"type": "integer", "minimum": 100, "maximum": 60000, "default": 5000,
            "description": "the longest silence of the vendor in the middle of a text, in ms"},

          "connect_ms": {"type": "integer", "minimum": 100, "maximum": 30000, "default": 3000, "description": "name, TCP, TLS and upgrade, in ms"},
          "first_byte_ms": {"type": "integer", "minimum": 500, "maximum": 60000, "default": 5000,
            "description": "REST: until the answer begins, in ms"}
        }
      }
    }
    """#
) { host, _ in DeepgramProvider() }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
