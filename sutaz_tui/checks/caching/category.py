"""The category that the modules of this folder fill."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("caching")
