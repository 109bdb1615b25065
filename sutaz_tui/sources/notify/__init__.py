"""The ways to tell people: each sends one message, and says in words why it could not."""
