"""The MCP bridge: what it lists, whether that is so, and whom a message or a task reaches by it."""

from sutaz_tui.checks.mcp import bridge, messages, registry
from sutaz_tui.checks.mcp.category import CATEGORY

__all__ = ["CATEGORY", "NOT_COVERED", "bridge", "messages", "registry"]

NOT_COVERED: dict[str, str] = {
    "mcp-17": "covered by messaging.rabbitmq.queues: the bridge has no route for its queues, the broker knows them",
    "mcp-18": "covered by messaging.rabbitmq.backlog: the bridge has no route for depths, the broker counts them",
    "mcp-22": "covered by messaging.consul.backend: the bridge has no route for discovery, Consul answers it",
}
"""Old test ids of this row that no check of this category covers, and which one does."""
