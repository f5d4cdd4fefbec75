// Tool: answers a call with its own arguments.

import PluginABI
import PluginKit
import Vox

/// Has one tool, "echo", and takes every other name for it too.
final class EchoTool: Session {
  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.invoke:
      op.usage(VOX_METER_REQUESTS, 1)
      op.completed(["result": request.body["arguments"] ?? [:]])
    case OpKind.listTools:
      let echo = ToolDescription(name: "echo", description: "Returns its arguments.", schema: ["type": "object"])
      op.completed(["tools": [echo.json]])
    default: throw unknown(request)
    }
  }
}
