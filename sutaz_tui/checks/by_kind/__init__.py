"""The checks that any service of a kind has, whatever stack it belongs to: made for each of them."""

from sutaz_tui.checks.by_kind import (
    consul,
    dns,
    docker,
    http,
    loki,
    postgres,
    prometheus,
    rabbitmq,
    redis,
    tls,
)
from sutaz_tui.checks.by_kind.base import KindCheck

MODULES = (http, postgres, redis, rabbitmq, prometheus, loki, consul, docker, tls, dns)
KIND_CHECKS: tuple[KindCheck, ...] = tuple(one for module in MODULES for one in module.KIND.checks) + tuple(
    docker.CONTAINER.checks
)
