"""What this terminal can do, and leaving it as it was."""
