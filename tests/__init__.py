"""Tests of sutaz-tui; the layout mirrors the code."""
