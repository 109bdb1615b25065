"""Checks that workers in other places run."""
