"""n8n: webhooks with every authentication and response mode, and the MCP server trigger."""
from ...emulator import Emulator
from .mcp import Trigger
from .webhook import Webhooks


class N8N(Emulator):
    """An n8n instance with active workflows."""

    provider = "n8n"

    def __init__(self) -> None:
        super().__init__()
        self.webhooks = Webhooks(self.knobs, self.ledger)
        self.trigger = Trigger(self.knobs, self.ledger)

    def on_reset(self) -> None:
        self.webhooks.reset()
        self.trigger.reset()

    def routes(self) -> None:
        self.route("*", "/webhook/{path:.+}", self.webhooks.production)
        self.route("*", "/webhook-test/{path:.+}", self.webhooks.test)
        self.route("GET", "/mcp/{path}/sse", self.trigger.sse)
        self.route("POST", "/mcp/{path}/messages", self.trigger.message)
        self.route("*", "/mcp/{path}", self.trigger.serve)
