"""Alertmanager: ready, and the alerts it holds that nobody silenced."""

from datetime import UTC, datetime
from typing import Any

from sutaz_tui.config.kinds import Alertmanager
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Alert, Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, require, second
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line

MOST_ALERTS = 500
RULE = "the text 'OK' from /-/ready, and a list of alerts"


class AlertmanagerProbe(Probe):
    """GET /-/ready: `OK`; GET /api/v2/alerts?active=true: [{labels, annotations, startsAt, status: {state}}]."""

    def __init__(self, service: Alertmanager, clients: Clients) -> None:
        super().__init__(service)
        self.http = clients.http(service)

    async def look(self) -> Finding:
        answer = await self.http.get("/-/ready", timeout=self.timeout)
        if unexpected := judge_status(self.service, answer):
            return unexpected
        title = self.service.title
        if (said := answer.text().strip()) != "OK":
            raise BadAnswer(title, f"says {one_line(said, QUOTE) or 'nothing'} instead of OK")
        alerts = await second("alerts", self._alerts(), self.timeout - answer.latency)
        if isinstance(alerts, Trouble):
            words = f"ready, but its alerts: {alerts.words}"
            return Finding(
                words, Status.DEGRADED, answer.latency, "alerts", error=f"{title}: {words}", rule=RULE
            )
        facts: dict[str, Fact] = {"alerts": len(alerts)}
        summary = f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'} active" if alerts else "no alerts"
        return Finding(summary, latency=answer.latency, facts=facts, rule=RULE, alerts=alerts)

    async def _alerts(self) -> tuple[Alert, ...]:
        wanted: dict[str, str | int] = {"active": "true", "silenced": "false", "inhibited": "false"}
        answer = await self.http.get("/api/v2/alerts", params=wanted, timeout=self.timeout)
        title = self.service.title
        listed = body.sequence(title, require(self.service, answer).json())
        return tuple(self._alert(body.mapping(title, entry, "an alert")) for entry in listed[:MOST_ALERTS])

    def _alert(self, entry: dict[str, Any]) -> Alert:
        title = self.service.title
        labels = body.mapping(title, entry.get("labels"), "'labels'")
        notes = body.mapping(title, entry.get("annotations", {}), "'annotations'")
        summary = next(
            (note for key in ("summary", "description") if isinstance(note := notes.get(key), str)), ""
        )
        severity = labels.get("severity", "")
        return Alert(
            name=body.string(title, labels, "alertname"),
            severity=one_line(severity, 20) if isinstance(severity, str) else "",
            summary=one_line(summary, 200),
            since=_moment(entry.get("startsAt")),
            by=title,
        )


def _moment(value: object) -> datetime | None:
    """An RFC 3339 time as aware UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def build(service: Alertmanager, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `alertmanager` entry."""
    return AlertmanagerProbe(service, clients)
