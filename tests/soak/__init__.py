"""Half an hour of all that can go wrong, for a recorder, two boards, a log tail and who is told: `make soak`."""
