// JSON-RPC 2.0, as the Model Context Protocol uses it.

public import Vox

/// A message from the server.
public enum RPCMessage: Sendable, Equatable {
  case result(id: Int, JSONValue)
  /// Without an id it answers something that could not be read.
  case error(id: Int?, ProviderError)
  /// The server asks; it waits for an answer with this id.
  case request(id: JSONValue, method: String)
  case notification(method: String)

  /// Reads a message, or a list of them (protocol 2025-03-26). What is no message is passed over.
  ///
  /// - Throws: code `garbled` when it is no JSON at all.
  public static func read(_ bytes: [UInt8]) throws(ProviderError) -> [RPCMessage] {
    guard let json = JSONValue(bytes: bytes) else { throw N8NError.garbled("it is no JSON") }
    return (json.array ?? [json]).compactMap(RPCMessage.init)
  }

  private init?(_ json: JSONValue) {
    if let method = json["method"]?.string {
      if let id = json["id"], !id.isNull { self = .request(id: id, method: method) } else { self = .notification(method: method) }
    } else if let error = json["error"] {
      self = .error(id: json["id"]?.int, N8NError.rpc(error))
    } else if let id = json["id"]?.int {
      self = .result(id: id, json["result"] ?? .null)
    } else {
      return nil
    }
  }

  // MARK: What we send

  public static func request(_ id: Int, _ method: String, _ params: JSONValue) -> JSONValue {
    ["jsonrpc": "2.0", "id": .int(Int64(id)), "method": .string(method), "params": params]
  }

  public static func notification(_ method: String, _ params: JSONValue = [:]) -> JSONValue {
    ["jsonrpc": "2.0", "method": .string(method), "params": params]
  }

  /// The answer to a request of the server: we are there, and offer nothing else.
  public static func answer(_ id: JSONValue, to method: String) -> JSONValue {
    guard method == "ping" else {
      return ["jsonrpc": "2.0", "id": id, "error": ["code": -32_601, "message": "Method not found"]]
    }
    return ["jsonrpc": "2.0", "id": id, "result": [:]]
  }
}
