"""What is remembered of a stack: one SQLite file a config, written by one program at a time, read by all."""
