"""One service: why it is so, and the views of its kind."""
