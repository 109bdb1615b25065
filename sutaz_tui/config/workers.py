"""Who runs checks for others: the section `workers`."""

from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from sutaz_tui.config.kinds import Rabbitmq, Redis
from sutaz_tui.config.schema import Seconds, Secret, Struct, Tls

ANY = "any"
"""What stands for whichever place comes first."""
ALL = "all"
"""What stands for every place of `vantages`."""

PORTS = {"amqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379}
BROKER = "the broker of workers"
RESULTS = "the results of workers"


class Workers(Struct, frozen=True, kw_only=True):
    """How checks are run in several places (the extra `workers`): jobs by the vhost of a RabbitMQ, results by a Redis.

    `key` is the secret that jobs and results are signed with, the same in all places. `vantages` are the places that
    `--on all` means. What has no result after `deadline` is an error. `tls` is for amqps:// and rediss://.
    """

    broker: str
    results: str
    key: Secret
    vhost: str = "sutaz"
    deadline: Seconds = 60.0
    vantages: list[str] = msgspec.field(default_factory=list)
    tls: Tls | None = None

    def rabbitmq(self) -> Rabbitmq:
        """The broker as a service that is asked."""
        more = _parts(self.broker, self.tls)
        return Rabbitmq(id="workers.broker", title=BROKER, vhost=self.vhost, **more)

    def redis(self) -> Redis:
        """The store of results as a service that is asked."""
        return Redis(id="workers.results", title=RESULTS, **_parts(self.results, self.tls))


def _parts(url: str, tls: Tls | None) -> dict[str, Any]:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return {
        "address": f"{host}:{parts.port or PORTS[parts.scheme]}",
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "tls": (tls or Tls()) if parts.scheme in ("amqps", "rediss") else None,
    }
