"""An Alertmanager is told all that is wrong, again and again: what it hears no more it takes for resolved."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sutaz_tui.config.notifiers import ToAlertmanager
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.sources.notify.item import OURS, Item
from sutaz_tui.sources.notify.senders import expect_taken, split
from sutaz_tui.text.sanitise import Secrets, one_line

HOLDS = timedelta(minutes=4)
"""How long what was posted holds: a monitor that dies leaves nothing firing for ever."""
LONGEST = 500


class AlertmanagerPoster:
    """Posts to `/api/v2/alerts`; `name` names services; `place` is where that is, without a login."""

    def __init__(self, to: ToAlertmanager, secrets: Secrets, env: str, name: Callable[[str], str]) -> None:
        self._to = to
        self._secrets = secrets
        self._env = env
        self._name = name
        base, path = split(to.url.rstrip("/"))
        self._path = f"{path.rstrip('/')}/api/v2/alerts"
        self.place = f"{urlsplit(base).netloc.rpartition('@')[2]}{self._path}"
        self._http = HttpOrigin(base, to.name, Contexts(), auth=to.auth, tls=to.tls, secrets=secrets)

    def alert(self, item: Item, now: datetime, is_over: bool = False) -> dict[str, Any]:
        """One alert: its labels say which it is, so they hold nothing that changes while it lasts."""
        labels = {
            **self._to.labels,
            "alertname": _name_of(item),
            "severity": item.severity,
            "env": self._env,
            "item": item.key,
            OURS[0]: OURS[1],
            **({"service": item.service} if item.service else {}),
            **({"owner": item.owner} if item.owner else {}),
        }
        annotations = {
            "summary": item.title,
            "description": item.words,
            "services": ", ".join(map(self._name, item.services[:20])),
            "runbook_url": item.runbook,
        }
        ends = now if is_over else now + HOLDS
        begun = min(item.since, ends)
        return {
            "labels": {name: self._safe(value) for name, value in labels.items()},
            "annotations": {name: self._safe(value) for name, value in annotations.items() if value},
            "startsAt": begun.isoformat(),
            "endsAt": ends.isoformat(),
        }

    async def post(self, firing: Iterable[Item], over: Iterable[Item], now: datetime) -> None:
        """Tell what is wrong and what no longer is; SourceError."""
        alerts = [self.alert(item, now) for item in firing] + [self.alert(item, now, True) for item in over]
        if not alerts:
            return
        answer = await self._http.request(
            "POST",
            self._path,
            headers={"Content-Type": "application/json"},
            content=json.dumps(alerts).encode(),
            timeout=self._to.timeout,
        )
        expect_taken(self._to.name, answer, self._secrets)

    async def aclose(self) -> None:
        """Let go of its connections."""
        await self._http.aclose()

    def _safe(self, value: str) -> str:
        return one_line(self._secrets.mask(value), LONGEST)


def _name_of(item: Item) -> str:
    kind = item.key.partition(":")[0]
    return {
        "service": "ServiceTrouble", "cause": "HostTrouble", "alert": "AlertSeen", "checks": "ChecksFailed",
        "log": "LogPattern", "silence": "LogSilent", "disk": "DiskFull", "network": "MonitorNetworkLost",
    }.get(kind, "Trouble")  # fmt: skip
