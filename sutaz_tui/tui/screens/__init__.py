"""One screen a file or folder: what stands where."""
