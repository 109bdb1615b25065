"""Config to engine, checks and logs: the only place that knows every concrete class."""
