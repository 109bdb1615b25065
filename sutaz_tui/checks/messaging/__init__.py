"""RabbitMQ, Consul and Kong: what carries messages, who is registered, and which way requests go."""

from sutaz_tui.checks.messaging import consul, kong, rabbitmq, rabbitmq_queues
from sutaz_tui.checks.messaging.category import CATEGORY

__all__ = ["CATEGORY", "NOT_COVERED", "consul", "kong", "rabbitmq", "rabbitmq_queues"]

NOT_COVERED: dict[str, str] = {}
"""Old test ids of this row that no check covers, and why: all 18 are covered."""
