"""Charts of what Prometheus and Loki remember: of a service, of the config, of a typed query."""
