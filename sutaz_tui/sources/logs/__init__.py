"""Where log lines come from: containers, Loki, files; and how the log of a service is found."""
