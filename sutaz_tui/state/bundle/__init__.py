"""A span of the history as one file for somebody else: what of it goes in, without secrets, and reading it again."""
