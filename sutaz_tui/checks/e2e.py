"""The e2e checks."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("e2e")
