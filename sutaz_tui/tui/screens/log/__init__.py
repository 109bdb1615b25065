"""The log: panel, screen, and the log that is open."""
