"""What the parts of the messaging category add their checks to."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("messaging")
