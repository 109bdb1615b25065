"""The alerts that fire."""
