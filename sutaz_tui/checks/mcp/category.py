"""What the parts of the bridge's category add their checks to."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("mcp")
