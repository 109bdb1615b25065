"""One file a screen: what stands where, and which action a key calls."""
