"""The api checks."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("api")
