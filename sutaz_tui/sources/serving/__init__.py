"""What listens for HTTP: the only socket of ours that other programs ask."""
