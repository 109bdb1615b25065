"""Files of ours that several runs write: private, whole or not at all, one writer at a time."""
