"""The backend's API: what it says of the stack, its routes and headers, its models, agents, chat and WebSockets."""

from sutaz_tui.checks.api import figures, health, models, routes, talk
from sutaz_tui.checks.base import Category

CATEGORY = Category("api")
CATEGORY.checks = [
    *health.CATEGORY.checks,
    *routes.CATEGORY.checks,
    *models.CATEGORY.checks,
    *talk.CATEGORY.checks,
    *figures.CATEGORY.checks,
]

NOT_COVERED: dict[str, str] = {
    "api-11": "the backend has no tasks API; the MCP bridge is the stack's only task intake, which mcp submits to",
    "api-12": "the backend lists no tasks; what waits is the depth of the queues, which messaging looks at",
}
