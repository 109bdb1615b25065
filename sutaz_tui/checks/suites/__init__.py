"""Suites that others wrote, as categories: a pytest suite run by its own interpreter, another runner's JUnit file."""
