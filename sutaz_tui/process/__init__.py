"""What this process was given by whoever started it, made usable or refused in words: time zone, limits, output, signals."""
