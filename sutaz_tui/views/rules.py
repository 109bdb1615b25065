"""Prometheus' rules: broken ones, those that can never fire, those that fire, then the rest."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sutaz_tui.config import ServiceConfig
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import GLYPHS, Column, TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring requests before the first frame.
    from sutaz_tui.sources.clients import Clients

LISTED = 2000
NOT_A_NAME = frozenset(
    {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"}
    | {"inf", "nan", "start", "end", "atan2"}
)
# What holds no names of metrics: texts, labels in braces, ranges, lists of labels behind the words that take one.
_ASIDE = re.compile(
    r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|#[^\n]*'
    r"|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)"
)
_BRACES = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]")
_NAME = re.compile(r"(?<![\w:.])[A-Za-z_:][\w:]*(?![\w:]|\s*\()")


def asker(service: ServiceConfig, clients: "Clients") -> Ask:
    """What asks for the rules and the names of all metrics."""
    from sutaz_tui.sources.prometheus import prometheus_api

    api = prometheus_api(clients, service.source, service.title)

    async def ask(timeout: float) -> Rows:
        groups, names = await api.rules(timeout), await api.metric_names(timeout)
        made = {str(rule.get("name")) for _, rule in groups if rule.get("type") == "recording"}
        there = None if names is None else {*names, *made, "ALERTS", "ALERTS_FOR_STATE"}
        rows = each("name", lambda one: _row(*one, there), groups)
        rows.sort(key=lambda row: (row.gravity, "never" not in str(row.values.get("state")), row.key))
        never = sum("never" in str(row.values.get("state")) for row in rows)
        about = f"{never} can never fire" if never else ""
        missing = "" if names is not None else "too many metrics to see which rules can never fire"
        return Rows(tuple(rows[:LISTED]), len(rows), about, missing, "trouble first")

    return ask


def metrics_of(expression: str) -> set[str]:
    """The names of metrics that an expression of PromQL reads; of one with absent() none, which is true without any."""
    text = _BRACES.sub(" ", _ASIDE.sub(" ", expression))
    if re.search(r"\babsent(?:_over_time)?\s*\(", text):
        return set()
    return {name for name in _NAME.findall(text) if name.lower() not in NOT_A_NAME}


def _row(group: str, rule: Mapping[str, Any], there: Iterable[str] | None) -> TableRow:
    text = {key: one_line(str(rule.get(key) or ""), 300) for key in ("name", "type", "state", "query")}
    error = one_line(str(rule.get("lastError") or ""), 200)
    labels = rule.get("labels")
    severity = labels.get("severity") if isinstance(labels, dict) else None
    gone = sorted(metrics_of(str(rule.get("query") or "")) - {*there}) if there is not None else []
    look, state, why = "", text["state"] or "recording", ""
    if rule.get("health") == "err" or error:
        look, state, why = "down", "broken", error
    elif gone:
        look, state, why = "degraded", "can never fire", f"no metric {', '.join(gone[:3])}"
        state = state if text["type"] == "alerting" else "never has a value"
    elif text["state"] == "firing":
        look = "degraded"
    values = {
        "group": one_line(group, 60),
        "name": text["name"],
        "state": state,
        "severity": one_line(str(severity), 20) if severity else None,
        "for": rule.get("duration") if isinstance(rule.get("duration"), int | float) else None,
        "query": text["query"],
        "why": why or None,
    }
    known = {name: value for name, value in values.items() if value is not None}
    glyph = GLYPHS.get(look, "")
    return TableRow(f"{group} {text['name']} {text['query']}", known, look, glyph, copied=text["query"])


RULES = View(
    "rules",
    "prometheus",
    "rules",
    "Prometheus rules; those that can never fire are marked",
    (
        Column("name", "RULE", most=36),
        Column("state", "STATE", most=18),
        Column("severity", "SEVERITY", priority=2),
        Column("for", "FOR", is_number=True, priority=3, write=ago),
        Column("group", "GROUP", most=20, priority=4),
        Column("why", "WHY", most=60),
        Column("query", "QUERY", share=1, priority=1),
    ),
    30.0,
    asker,
)
