"""An alert's rule to its curve: the expression as its Prometheus has it, evaluated now and over the time before."""

import asyncio
import math
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sutaz_tui.config import Config, kind_of
from sutaz_tui.errors import BadAnswer, WrongQuery
from sutaz_tui.model import Alert
from sutaz_tui.sources.notify.item import OURS
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.views.comparing import Compared, compared
from sutaz_tui.wiring.charts import ChartDesk, Line, Window

KNOWN_FOR = 60.0
"""Seconds that a Prometheus' rules are taken as known."""

NO_RULE = "its rule is at no Prometheus of this config"
OWN = "this monitor tells it itself: it has no rule"


class Watched(Struct, frozen=True):
    """An alert's rule: its expression, what it compares, how long it must hold (seconds), and the curves of what it measures.

    `now` are the values of this moment by name. `limits` is the curve of a threshold that is no number. `note` says why there
    is none.
    """

    expression: str
    compared: Compared
    holds: float
    lines: tuple[Line, ...]
    now: tuple[tuple[str, float], ...] = ()
    limits: tuple[Line, ...] = ()
    note: str = ""


class AlertDesk:
    """Asks for the rules of alerts, and for what they measure."""

    def __init__(self, config: Config, desk: ChartDesk) -> None:
        self._sources = {one.id: one.source for one in config.services if kind_of(one) == "prometheus"}
        self._desk = desk
        self._rules: dict[str, tuple[float, tuple[tuple[str, dict[str, Any]], ...]]] = {}

    async def watched(self, alert: Alert, window: Window, timeout: float) -> Watched:
        """The rule of an alert and its curves; raises SourceError where nobody answers."""
        if OURS in alert.labels:
            return Watched("", Compared(""), 0.0, (), note=OWN)
        found = await self._rule(alert, timeout)
        if found is None:
            return Watched("", Compared(""), 0.0, (), note=NO_RULE)
        source, rule = found
        expression = str(rule.get("query") or "")
        what = compared(expression)
        holds = rule.get("duration")
        api = await self._desk.api(source)
        questions = [what.measured] + ([what.limit] if what.limit and what.number is None else [])
        try:
            now = await api.query(what.measured, timeout)
            answers = await asyncio.gather(
                *(api.range(query, window.start, window.end, window.step, timeout) for query in questions)
            )
        except (WrongQuery, BadAnswer) as error:
            return Watched(expression, what, 0.0, (), note=one_line(error.words, 200))
        every = [[one for one in answer.series if _is_of(one.labels, alert)] for answer in answers]
        return Watched(
            expression,
            what,
            float(holds) if isinstance(holds, int | float) else 0.0,
            tuple(Line(_name(one.labels), one.points) for one in every[0]),
            tuple((_name(one.labels), one.value) for one in now.samples if _is_of(one.labels, alert)),
            tuple(Line("threshold", one.points) for found in every[1:] for one in found),
        )

    async def measured(self, alert: Alert, timeout: float) -> dict[str, str | float]:
        """The rule of an alert without its curve: `expression`, and where they are known its `value` now, of several series the
        highest, the `sign` and the `threshold`; raises SourceError where nobody answers."""
        found = await self._rule(alert, timeout)
        if found is None:
            return {}
        source, rule = found
        expression = str(rule.get("query") or "")
        what = compared(expression)
        told: dict[str, str | float] = {"expression": expression}
        if what.sign:
            told["sign"] = what.sign
        api = await self._desk.api(source)
        questions = {"value": what.measured}
        if what.number is not None:
            told["threshold"] = what.number
        elif what.limit:
            questions["threshold"] = what.limit
        for name, query in questions.items():
            try:
                samples = (await api.query(query, timeout)).samples
            except (WrongQuery, BadAnswer):
                continue
            values = [one.value for one in samples if _is_of(one.labels, alert) and math.isfinite(one.value)]
            if values:
                told[name] = max(values)
        return told

    async def _rule(self, alert: Alert, timeout: float) -> tuple[str, dict[str, Any]] | None:
        """The rule that an alert is of, first at those who tell of it."""
        told = [self._sources[id] for id in alert.by if id in self._sources]
        for source in dict.fromkeys((*told, *self._sources.values())):
            for _, rule in await self._rules_of(source, timeout):
                labels = rule.get("labels")
                severity = labels.get("severity", "") if isinstance(labels, dict) else ""
                is_it = rule.get("type") == "alerting" and rule.get("name") == alert.name
                if is_it and (not severity or "{{" in str(severity) or severity == alert.severity):
                    return source, rule
        return None

    async def _rules_of(self, source: str, timeout: float) -> tuple[tuple[str, dict[str, Any]], ...]:
        at, rules = self._rules.get(source, (-KNOWN_FOR, ()))
        if time.monotonic() - at >= KNOWN_FOR:
            rules = await (await self._desk.api(source)).rules(timeout)
            self._rules[source] = (time.monotonic(), rules)
        return rules


def _is_of(labels: Mapping[str, str], alert: Alert) -> bool:
    """Whether a series is one of those that the alert fires for: nothing that both name differs."""
    each = [{**dict(alert.labels), **dict(own)} for own in alert.instances] or [dict(alert.labels)]
    return any(
        all(one.get(name, value) == value for name, value in labels.items() if name != "__name__")
        for one in each
    )


def _name(labels: Mapping[str, str]) -> str:
    return labels.get("instance") or " ".join(f"{name}={value}" for name, value in labels.items()) or "value"
