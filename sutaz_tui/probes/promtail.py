"""Promtail, which nobody can ask from outside its network: inferred from fresh lines in Loki."""

import time

from sutaz_tui.config.kinds import Promtail
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import BetweenProbe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.loki import SEARCHED, loki_api
from sutaz_tui.text.sanitise import ago, one_line


class PromtailProbe(BetweenProbe):
    """The age of the newest line that it ships; silence is degraded, since its sources may be silent themselves."""

    go_between = "Loki"

    def __init__(self, service: Promtail, clients: Clients) -> None:
        super().__init__(service)
        self.job = service.job
        self.silence = service.warn_silence
        self.api = loki_api(clients, service.source, self.go_between)

    async def look(self) -> Finding:
        newest = await self.api.newest(self.job, time.time() - self.silence, self.timeout)
        whose = f" of {one_line(self.job, 40)}" if self.job else ""
        rule = f"inferred: a line{whose} in Loki within {ago(self.silence)}"
        age = max(0.0, time.time() - newest) if newest is not None else None
        facts: dict[str, Fact] = {"newest_line_age": round(age, 1)} if age is not None else {}
        if age is not None and age <= self.silence:
            return Finding(f"newest line{whose} {ago(age)} ago (in Loki)", facts=facts, rule=rule)
        for_long = ago(age) if age is not None else f"{ago(SEARCHED)} or more"
        words = f"no line{whose} in Loki for {for_long}"
        return Finding(
            words,
            Status.DEGRADED,
            word="silent",
            facts=facts,
            error=f"{self.service.title}: {words}; is it running, and does anything write?",
            rule=rule,
        )


def build(service: Promtail, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `promtail` entry."""
    return PromtailProbe(service, clients)
