"""Running checks: turns, deadlines, evidence, and how each ended last."""
