"""The checks that any service of a kind has, whatever stack it belongs to: made for each of them."""

from sutaz_tui.checks.by_kind import (
    blackbox,
    consul,
    dns,
    docker,
    grafana,
    http,
    kong,
    loki,
    memcached,
    mysql,
    ollama,
    postgres,
    prometheus,
    rabbitmq,
    redis,
    systemd,
    tls,
)
from sutaz_tui.checks.by_kind.base import KindCheck

MODULES = (
    http, postgres, mysql, redis, memcached, rabbitmq, kong, ollama, prometheus, loki, grafana, consul, docker, tls, dns,
    blackbox, systemd,
)  # fmt: skip
KIND_CHECKS: tuple[KindCheck, ...] = tuple(one for module in MODULES for one in module.KIND.checks) + tuple(
    docker.CONTAINER.checks
)
