"""One question to one service, answered as Readings: what the board polls. Each kind's module has `build`."""
