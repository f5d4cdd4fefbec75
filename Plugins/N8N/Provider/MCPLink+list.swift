// The tools of an MCP server, page after page.

import N8NWire
import PluginKit
import Vox

extension MCPLink {
  /// More tools than this confuse every model; a server that never ends its list is ended here.
  private static let maxPages = 16

  /// Asks for all tools.
  ///
  /// - Parameter began: called with the number of each request, for `cancel(_:)`.
  func list(timeoutMs: Int, began: @escaping (Int) -> Void = { _ in }, reply: @escaping (Result<[ToolDescription], ProviderError>) -> Void)
  {
    page(nil, [], left: Self.maxPages, timeoutMs, began, reply)
  }

  private func page(
    _ cursor: String?, _ known: [ToolDescription], left: Int, _ timeoutMs: Int, _ began: @escaping (Int) -> Void,
    _ reply: @escaping (Result<[ToolDescription], ProviderError>) -> Void
  ) {
    let id = call("tools/list", MCP.page(cursor), timeoutMs: timeoutMs) { [unowned self] result in
      switch result {
      case .failure(let error): reply(.failure(error))
      case .success(let page):
        let (tools, next) = MCP.tools(page)
        guard let next, left > 1 else { return reply(.success(known + tools)) }
        self.page(next, known + tools, left: left - 1, timeoutMs, began, reply)
      }
    }
    if let id { began(id) }
  }
}
