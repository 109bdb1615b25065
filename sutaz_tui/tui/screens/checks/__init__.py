"""The results of checks, what runs them, and what is asked before."""
