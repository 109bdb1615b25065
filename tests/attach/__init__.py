"""Boards that attach to a recorder instead of polling."""
