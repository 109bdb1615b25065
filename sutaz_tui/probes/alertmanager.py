"""Alertmanager: ready, and the alerts it holds, with who or what keeps them silent."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from sutaz_tui.config.kinds import Alertmanager
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Alert, Fact, Status
from sutaz_tui.probes import body
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.second import Trouble, require, second
from sutaz_tui.sources.alerts import MOST_ALERTS, READ_LIMIT, alert_of, cleaner, moment
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

MOST_REASONS = 3
RULE = "the text 'OK' from /-/ready, and a list of alerts"


class AlertmanagerProbe(Probe):
    """GET /-/ready: `OK`; GET /api/v2/alerts: [{labels, annotations, startsAt, fingerprint, status: {silencedBy, …}}];
    GET /api/v2/silences where one is silenced: [{id, createdBy, comment, endsAt}]."""

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
        silenced = sum(bool(alert.silenced_by) for alert in alerts)
        active = len(alerts) - silenced
        facts: dict[str, Fact] = {"alerts": active}
        summary = f"{plural(active, 'alert')} active" if active else "no alerts"
        if silenced:
            facts["silenced"] = silenced
            summary += f", {silenced} silenced"
        return Finding(summary, latency=answer.latency, facts=facts, rule=RULE, alerts=alerts)

    async def _alerts(self) -> tuple[Alert, ...]:
        listed = body.sequence(self.service.title, await self._get("/api/v2/alerts"))
        if len(listed) > MOST_ALERTS:
            raise BadAnswer(self.service.title, f"more than {MOST_ALERTS:,} of them, not counted")
        named = {entry["fingerprint"]: entry for entry in listed if _is_named(entry)}
        silences = {}
        if any(_status(entry, "silencedBy") for entry in listed):
            found = body.sequence(self.service.title, await self._get("/api/v2/silences"))
            silences = {
                one["id"]: one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)
            }
        clean = cleaner()
        try:
            return tuple(
                replace(alert_of(entry, "startsAt", clean), silenced_by=_silenced_by(entry, silences, named))
                for entry in listed
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise BadAnswer(
                self.service.title, "/api/v2/alerts does not hold alerts; is this the right port?"
            ) from error

    async def _get(self, path: str) -> Any:
        answer = await self.http.request("GET", path, timeout=self.timeout, read_limit=READ_LIMIT)
        return require(self.service, answer).json()


def _is_named(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("fingerprint"), str)


def _status(entry: Any, name: str) -> list[str]:
    """A list of the entry's status: `silencedBy`, `inhibitedBy`, `mutedBy`."""
    status = entry.get("status") if isinstance(entry, dict) else None
    found = status.get(name) if isinstance(status, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _silenced_by(entry: Any, silences: Mapping[str, Any], named: Mapping[str, Any]) -> tuple[str, ...]:
    """Who or what keeps an alert from being sent, a clause each."""
    words = [_silence_words(id, silences.get(id, {})) for id in _status(entry, "silencedBy")]
    for fingerprint in _status(entry, "inhibitedBy"):
        labels = named.get(fingerprint, {}).get("labels")
        name = labels.get("alertname") if isinstance(labels, dict) else None
        words.append(f"inhibited by {name if isinstance(name, str) else fingerprint}")
    words += [f"muted by {interval}" for interval in _status(entry, "mutedBy")]
    return tuple(dict.fromkeys(one_line(word, 200) for word in words[:MOST_REASONS]))


def _silence_words(id: str, silence: Mapping[str, Any]) -> str:
    author, comment, end = silence.get("createdBy"), silence.get("comment"), moment(silence.get("endsAt"))
    words = f"silenced by {author}" if isinstance(author, str) and author else f"silence {id[:8]}"
    if end is not None:
        words += f" until {end.astimezone():%d %b %H:%M}"
    return f"{words}: {comment}" if isinstance(comment, str) and comment else words


def build(service: Alertmanager, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `alertmanager` entry."""
    return AlertmanagerProbe(service, clients)
