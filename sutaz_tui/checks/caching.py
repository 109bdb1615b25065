"""The caching checks."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("caching")
