"""The simulated stack as a child of this program, and the proof of the checks on it."""
