// Chatterbox as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "chatterbox", "name": "Chatterbox", "version": "0.1.0", "network": "none", "isolation": "any",
      "roles": {"vox.tts/0": {"rates_out": [24000, 16000, 8000, 48000], "word_times": "none", "text_max_bytes": 2000, "ops": 2,
        "tags": ["clear throat", "sigh", "shush", "cough", "groan", "sniff", "gasp", "chuckle", "laugh"], "ssml": false,
        "languages": ["en", "ar", "da", "de", "el", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "ms", "nl", "no", "pl", "pt", "ru",
          "sv", "sw", "tr", "zh"]}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "dialect": {"enum": ["openai-speech", "devnen-tts", "travisvn-stream", "runpod-queue", "runpod-public"],
            "default": "openai-speech", "description": "the API that the server speaks; the first is understood by nearly all"},
          "base_url": {"type": "string", "description": "where the server is, without the API's path; default: the dialect's own host or port on this machine"},
          "auth_scheme": {"enum": ["none", "bearer", "basic", "header"],
            "description": "how the secret api_key is sent; basic: it is user:password. Default: bearer with a secret, none without"},
          "auth_header": {"type": "string", "default": "X-API-Key", "description": "the header of auth_scheme header"},
          "stream_mode": {"enum": ["none", "chunked-wav", "sse"], "default": "none",
            "description": "how one request's sound comes back; none: whole, so the plugin asks sentence by sentence"},
          "response_format": {"enum": ["wav", "pcm"], "default": "wav", "description": "what is asked for; pcm is 16-bit mono at sample_rate"},
          "sample_rate": {"type": "integer", "minimum": 8000, "maximum": 48000, "default": 24000,
            "description": "Hz of sound that comes without a WAV header"},
          "model": {"type": "string", "default": "chatterbox-turbo", "description": "sent to the server, and shown with the usage"},
          "voice": {"type": "string", "description": "a file name on the server such as Emily.wav, or a name; default: one that the dialect has"},
          "reference_audio": {"type": "string", "description": "speak like this recording: a file name on the server, or a URL for RunPod; over 5 s long"},
          "language": {"type": "string", "description": "of the multilingual model, such as de"},
          "temperature": {"type": "number", "minimum": 0.05, "maximum": 5, "description": "liveliness; default: the server's"},
          "exaggeration": {"type": "number", "minimum": 0.25, "maximum": 2, "description": "original model only; default: the server's"},
          "cfg_weight": {"type": "number", "minimum": 0, "maximum": 1, "description": "original model only; default: the server's"},
          "seed": {"type": "integer", "description": "the same seed, the same sound; default: the server's"},
          "speed": {"type": "number", "minimum": 0.25, "maximum": 4, "description": "a factor, where the server stretches time"},
          "extra_body": {"type": "object", "default": {}, "description": "laid over every request's JSON"},
          "tag_policy": {"enum": ["pass", "strip"], "default": "pass", "description": "strip for models other than Turbo, which read [laugh] aloud"},
          "first_chars": {"type": "integer", "minimum": 20, "maximum": 500, "default": 80,
            "description": "characters of the first passage where the server does not stream: shorter sounds sooner"},
          "max_chars_per_request": {"type": "integer", "minimum": 40, "maximum": 3000, "default": 200,
            "description": "characters of every further passage; servers that stream are given the whole text"},
          "parallel_requests": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1,
            "description": "passages in the making at a time, per call; a GPU makes one"},
          "connect_ms": {"type": "integer", "minimum": 100, "maximum": 60000, "default": 3000, "description": "ms for name, TCP and TLS"},
          "first_byte_ms": {"type": "integer", "minimum": 100, "maximum": 300000, "default": 15000,
            "description": "ms until an answer begins; without streaming that is when the passage is made"},
          "stall_ms": {"type": "integer", "minimum": 100, "maximum": 300000, "default": 15000, "description": "the longest gap in an answer, ms"},
          "total_ms": {"type": "integer", "minimum": 1000, "maximum": 600000, "default": 120000, "description": "ms for one whole answer"},
          "endpoint_id": {"type": "string", "description": "RunPod: the endpoint; default: chatterbox-turbo for runpod-public"},
          "job_call": {"enum": ["stream", "status", "runsync"],
            "description": "RunPod: how a job's sound is fetched; default: stream for runpod-queue, runsync for runpod-public"},
          "input_template": {"type": "object",
            "description": "RunPod: a job's input; $text, $voice, $reference, $language are filled in, and members that stay empty are left out"},
          "output_path": {"type": "string", "description": "RunPod: where the sound stands in an output, as audio.data; default: audio, audio_base64, audio_url, or the output itself"},
          "poll_ms": {"type": "integer", "minimum": 20, "maximum": 5000, "default": 150, "description": "RunPod: ms between two looks at a job"},
          "cold_start_timeout_ms": {"type": "integer", "minimum": 100, "maximum": 600000, "default": 30000,
            "description": "RunPod: ms that a job may wait for a worker, cold start included; then it is cancelled"},
          "runsync_wait_ms": {"type": "integer", "minimum": 1000, "maximum": 300000, "default": 10000,
            "description": "RunPod: ms after which /runsync answers with an unfinished job"},
          "warm_up_text": {"type": "string", "default": "",
            "description": "RunPod: a job with this text is begun at the start of each call, and its sound thrown away, so that a worker wakes; costs what it costs"}
        }
      },
      "secrets": ["api_key"], "services": ["vox.http/0"],
      "hosts": ["api.runpod.ai", "*.api.runpod.ai", "*.proxy.runpod.net", "*.runpod.ai"]
    }
    """#
) { _, _ in ChatterboxProvider() }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
