// n8n as a plugin: its manifest and its entry.

public import PluginABI
import PluginKit
import Vox

private let auth = #"{"enum": ["none", "basic", "header", "bearer", "jwt"], "default": "none", "description": "#

let plugin = PluginDefinition(
  manifest: """
    {
      "id": "n8n", "name": "n8n", "version": "0.1.0", "licence": "MIT", "network": "none", "isolation": "any",
      "hosts": [], "services": ["vox.http/0"], "secrets": ["credential", "signing_secret", "mcp_credential"],
      "roles": {"vox.tool/0": {"list": true, "cancel_grace_ms": 50}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "base_url": {"type": "string", "description": "of the n8n instance, such as https://n8n.example.com; for webhooks"},
          "webhook_prefix": {"type": "string", "minLength": 1, "default": "webhook",
            "description": "N8N_ENDPOINT_WEBHOOK of the instance"},
          "test_prefix": {"type": "string", "minLength": 1, "default": "webhook-test",
            "description": "N8N_ENDPOINT_WEBHOOK_TEST of the instance"},
          "test": {"type": "boolean", "default": false,
            "description": "call the test URLs, which serve once after the editor began to listen"},
          "health_path": {"type": "string", "default": "healthz", "description": "what a probe asks for, behind base_url"},
          "auth": \(auth)"of the webhook nodes; its secret is 'credential'"},
          "user": {"type": "string", "default": "", "description": "the name for auth: basic"},
          "header": {"type": "string", "default": "", "description": "the header's name for auth: header"},
          "jwt_claims": {"type": "object", "default": {}, "description": "claims for auth: jwt (HS256), besides iat and exp"},
          "jwt_lifetime_s": {"type": "integer", "minimum": 1, "maximum": 86400, "default": 60,
            "description": "how long a token may be used, in s"},
          "header_prefix": {"type": "string", "minLength": 1, "maxLength": 64, "default": "X-Patchbay",
            "description": "of the headers -Event, -Timestamp and -Signature; requests are signed when the secret 'signing_secret' is set"},
          "user_agent": {"type": "string", "minLength": 1, "maxLength": 200, "default": "Patchbay/1",
            "description": "nodes may refuse what looks like a robot"},
          "tools": {"type": "object", "default": {}, "description": "webhooks by the name that the model uses",
            "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {
              "description": {"type": "string", "description": "tells the model when to use it"},
              "schema": {"type": "object", "description": "of the arguments, JSON Schema; what does not fit is not sent"},
              "path": {"type": "string", "minLength": 1,
                "description": "of the webhook node, behind the prefix; ':name' stands for an argument; default the tool's name"},
              "method": {"enum": ["POST", "PUT", "PATCH", "GET", "DELETE"], "default": "POST",
                "description": "with GET and DELETE the arguments are the query"},
              "form": {"enum": ["call", "vapi", "retell", "plain"], "default": "call",
                "description": "of the body: our own, that of a voice platform whose workflow this is, or the arguments alone"},
              "test": {"type": "boolean", "description": "instead of the setting of that name"},
              "timeout_ms": {"type": "integer", "minimum": 100, "maximum": 120000, "description": "instead of the setting of that name"},
              "streams": {"type": "boolean", "default": false, "description": "the node answers with response mode 'Streaming'"},
              "speaks": {"type": "boolean", "default": false,
                "description": "the sentences of a stream are said to the caller as they come"}}}},
          "mcp_url": {"type": "string", "description": "of an MCP Server Trigger, such as https://n8n.example.com/mcp/reception"},
          "mcp_transport": {"enum": ["http", "sse"], "default": "http",
            "description": "streamable HTTP, or SSE as the first version of the node has it (an address that ends in /sse)"},
          "mcp_version": {"type": "string", "minLength": 10, "maxLength": 10, "default": "2025-06-18",
            "description": "of the protocol, as we offer it; the server may choose an older one"},
          "mcp_auth": \(auth)"of the trigger; its secret is 'mcp_credential'"},
          "mcp_user": {"type": "string", "default": "", "description": "as user"},
          "mcp_header": {"type": "string", "default": "", "description": "as header"},
          "mcp_tools": {"type": "array", "items": {"type": "string"}, "default": [],
            "description": "which of the trigger's tools may be called; none named = all"},
          "timeout_ms": {"type": "integer", "minimum": 100, "maximum": 120000, "default": 10000,
            "description": "how long a tool may take, in ms"},
          "connect_ms": {"type": "integer", "minimum": 100, "maximum": 30000, "default": 2000, "description": "name, TCP and TLS, in ms"},
          "max_answer_bytes": {"type": "integer", "minimum": 64, "maximum": 1048576, "default": 262144,
            "description": "a longer answer is a failure of the tool; what the model is told is 60 KiB at most"}
        }
      }
    }
    """
) { _, _ in N8NProvider() }

@c(vox_plugin_entry) public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>)
  -> UnsafeRawPointer?
{ plugin.entry(min, max, why) }
