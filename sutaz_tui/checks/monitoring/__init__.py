"""The watchers watched: Prometheus, its targets and rules, Alertmanager, Grafana, Loki, and the exporters."""

from sutaz_tui.checks.base import Category
from sutaz_tui.checks.monitoring import agents, exporters, grafana, loki, prometheus

CATEGORY = Category("monitoring")
for _part in (prometheus, agents, exporters, grafana, loki):
    CATEGORY.checks += _part.CATEGORY.checks

NOT_COVERED: dict[str, str] = {}
"""Old tests that no check of this category stands for, and why."""
