"""sutaz-tui: a live terminal monitor for a self-hosted stack."""

__version__ = "0.2.0"
