"""Checks that other hosts run: jobs by RabbitMQ, results by Redis, both signed."""
