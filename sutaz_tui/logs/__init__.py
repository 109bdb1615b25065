"""Log lines as values: what they are, how they are read, grouped, kept and paged. No sockets, no clock, no drawing."""
