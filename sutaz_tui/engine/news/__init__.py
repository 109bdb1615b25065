"""What people are told: what is news, when it is, and how much of it."""
