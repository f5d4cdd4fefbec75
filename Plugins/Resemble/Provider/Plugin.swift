// Resemble as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit

let plugin = PluginDefinition(
  manifest: #"""
    {
      "id": "resemble", "name": "Resemble", "version": "0.1.0", "network": "none", "isolation": "any",
      "roles": {"vox.tts/0": {"rates_out": [16000, 8000, 48000, 22050, 32000, 44100], "word_times": "word", "text_max_bytes": 2000,
        "ops": 2, "tags": [], "ssml": true}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "transport": {"enum": ["stream", "websocket", "sync"], "default": "stream",
            "description": "stream: HTTP, all plans; websocket: one connection for a call, Business plan or higher; sync: the whole sound at the end"},
          "websocket_fallback": {"type": "boolean", "default": true,
            "description": "use stream where the plan has no websocket (401 or 403 at its handshake)"},
          "base_url": {"type": "string", "default": "https://f.cluster.resemble.ai", "description": "of stream and sync; older accounts have a host of their own"},
          "websocket_url": {"type": "string", "default": "wss://websocket.cluster.resemble.ai/stream", "description": "of websocket, path included"},
          "management_url": {"type": "string", "default": "https://app.resemble.ai/api/v2", "description": "where the account's voices are listed"},
          "auth_header": {"type": "string", "default": "Authorization",
            "description": "the header of the key: Authorization (as a bearer token), or x-access-token as the Python SDK sends it"},
          "voice": {"type": "string", "description": "the uuid of the voice; every session needs one"},
          "project_uuid": {"type": "string", "description": "clips are stored in this project; default: nowhere"},
          "model": {"type": "string", "description": "chatterbox-turbo for paralinguistic tags and lower latency; default: the voice's own"},
          "precision": {"enum": ["PCM_16", "MULAW"], "default": "PCM_16", "description": "MULAW halves what is sent, at a telephone's quality"},
          "use_hd": {"type": "boolean", "default": false, "description": "better sound, later"},
          "apply_custom_pronunciations": {"type": "boolean", "default": false, "description": "use the account's own dictionary"},
          "timestamps": {"type": "boolean", "default": true, "description": "ask for word times in the WAV header of stream"},
          "timestamps_from": {"enum": ["request", "message"], "default": "request",
            "description": "websocket: whether the times of a later message count from the request's first sample or from the message's own"},
          "binary_response": {"type": "boolean", "default": false, "description": "websocket: sound in binary frames, a quarter smaller"},
          "no_audio_header": {"type": "boolean", "default": false, "description": "websocket: no WAV header; for PCM_16 only, and with binary_response it costs the word times"},
          "extra_body": {"type": "object", "default": {}, "description": "laid over every request's JSON"},
          "connect_ms": {"type": "integer", "minimum": 100, "maximum": 60000, "default": 3000, "description": "ms for name, TCP and TLS"},
          "first_byte_ms": {"type": "integer", "minimum": 100, "maximum": 300000, "default": 5000,
            "description": "ms until an answer begins; sync answers when the sound is whole"},
          "stall_ms": {"type": "integer", "minimum": 100, "maximum": 300000, "default": 10000, "description": "the longest gap in an answer, ms"},
          "total_ms": {"type": "integer", "minimum": 1000, "maximum": 600000, "default": 120000, "description": "ms for one whole answer"}
        }
      },
      "secrets": ["api_key"], "services": ["vox.http/0", "vox.websocket/0"],
      "hosts": ["app.resemble.ai", "f.cluster.resemble.ai", "*.cluster.resemble.ai"]
    }
    """#
) { _, _ in ResembleProvider() }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
