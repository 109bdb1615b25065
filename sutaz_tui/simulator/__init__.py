"""The simulated stack: one process that speaks the wire protocols of every service on loopback."""
