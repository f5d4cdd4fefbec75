// Functions of any shared library as tools: the operator lists them in the provider's file, and needs no other code.
//
// A call into foreign code can do everything this process can, and a declaration with a wrong type is a crash that nobody can see
// coming. So the manifest says "isolation": "worker": in a worker a crash costs one tool call, in the host's process every call.

public import PluginABI
import PluginKit
import Vox

private let timeout = #"{"type": "integer", "minimum": 1, "maximum": 60000, "description": "how long a call may take"}"#
private let name = #"{"type": "string", "minLength": 1, "maxLength": 64}"#
private let symbol = #"{"type": "string", "minLength": 1, "maxLength": 1000}"#
private let text = #"{"type": "string", "minLength": 1, "maxLength": 2000}"#
private let type = """
  {"enum": ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double", "string"],
   "description": "as C has it on this machine: int is int32, long int64, size_t uint64, char * with UTF-8 string"}
  """

let plugin = PluginDefinition(
  manifest: """
    {
      "id": "native", "name": "Native functions", "version": "1.0.0", "licence": "NOASSERTION", "network": "none", "isolation": "worker",
      "roles": {"vox.tool/0": {"list": true}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "timeout_ms": \(timeout),
          "functions": {
            "type": "object", "description": "by the name the agent calls the tool",
            "additionalProperties": {
              "type": "object", "additionalProperties": false, "required": ["description", "library", "symbol"],
              "properties": {
                "description": \(text),
                "library": {"type": "string", "minLength": 1, "maxLength": 4000,
                  "description": "an absolute path, or a bare name that the dynamic linker finds"},
                "symbol": \(symbol),
                "arguments": {
                  "type": "array", "maxItems": 32, "description": "in C's order; variadic functions cannot be called",
                  "items": {
                    "type": "object", "additionalProperties": false, "required": ["name"],
                    "properties": {
                      "name": \(name), "type": \(type), "description": \(text),
                      "value": {"description": "always this; the agent does not see the argument"},
                      "buffer": {"type": "integer", "minimum": 2, "maximum": 65536,
                        "description": "a char * to so many bytes, where the function writes text that is part of the answer"},
                      "size_of": {"type": "string", "description": "the size of that buffer; the agent does not see the argument"}
                    }
                  }
                },
                "result": {
                  "type": "object", "additionalProperties": false, "required": ["type"], "description": "left out: void",
                  "properties": {
                    "type": \(type),
                    "status": {"enum": ["zero", "not_zero", "not_negative"],
                      "description": "the value only tells whether the call went well, and is so when it does"},
                    "bytes": {"type": "integer", "minimum": 1, "maximum": 65536, "description": "of a string, at most; default 4096"},
                    "free": {"type": "string", "minLength": 1, "maxLength": 1000,
                      "description": "of a string: the function that takes the pointer back; without it the library keeps it"}
                  }
                },
                "schema": {"type": "object", "description": "JSON Schema of the arguments; default derived from their types"},
                "timeout_ms": \(timeout)
              }
            }
          }
        }
      }
    }
    """
) { host, settings in try NativeProvider(host, settings) }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
