"""The eight agents: each answers as itself, with its model, its routes, figures that move and work that it does."""

from sutaz_tui.checks.agents import figures, health, routes, work
from sutaz_tui.checks.agents.names import CATEGORY

__all__ = ["CATEGORY", "NOT_COVERED", "figures", "health", "routes", "work"]

NOT_COVERED: dict[str, str] = {}
"""Old test ids of this row that no check covers, and why: all 23 are covered."""
