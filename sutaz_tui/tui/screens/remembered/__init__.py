"""What is remembered, as screens: what changed, and how long each service was up."""
