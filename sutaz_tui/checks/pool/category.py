"""The category that the modules of this folder fill, and the size of the pool that it is about."""

from sutaz_tui.checks.base import Category

CATEGORY = Category("pool")

POOL = 10
OVERFLOW = 20
"""What the backend's pool holds, and by how much it may grow (the stack's settings)."""
