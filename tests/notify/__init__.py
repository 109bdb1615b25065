"""People told of what is wrong."""
