"""Expectations in categories, rerun by keys: one module a category, each check proven able to fail by its own twin."""
