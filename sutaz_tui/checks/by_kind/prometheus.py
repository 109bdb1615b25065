"""Any Prometheus."""

import re

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.monitoring.prometheus import LATE, fresh, ready, rules_of, rules_work, up
from sutaz_tui.text.units import first_of

KIND = Kind("prometheus")
TARGETS, RULES = "/api/v1/targets", "/api/v1/rules"

KIND.add("ready", "it is ready to serve", ready,
         patch("prometheus", "/-/ready", status=503, body="Service Unavailable"), is_identity=True)  # fmt: skip
KIND.add("targets", "every target is up", up, trait(prometheus_missing_targets=["kong"]),
         trait(prometheus_missing_targets=["prometheus"]))  # fmt: skip
KIND.add("scrapes", f"every target was scraped within the last {LATE} intervals", fresh,
         patch("prometheus", TARGETS, set={"data.activeTargets.3.lastScrape": "2025-11-16T01:00:00Z"}))  # fmt: skip
KIND.add("rules", "every rule evaluates without error", rules_work,
         patch("prometheus", RULES, set={"data.groups.0.rules.0.health": "err"}))  # fmt: skip

_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
_NOT_NAMES = re.compile(
    r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
)
_NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()")
_WORDS = frozenset({
    "and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf", "nan",
    "start", "end",
})  # fmt: skip


def metrics(query: str) -> set[str]:
    """The names of the metrics that a PromQL query asks for."""
    bare = _NOT_NAMES.sub(" ", _STRINGS.sub('""', query))
    return {name for name in _NAME.findall(bare) if name.lower() not in _WORDS}


@KIND.check(
    "fire",
    "the metrics of every alerting rule exist, so that it can fire",
    patch("prometheus", RULES, set={"data.groups.0.rules.0.query": "gone_total > 5"}),
    trait(prometheus_has_rules=False),
)
async def fire(ask: Ask, id: str) -> str:
    found = [rule for rule in await rules_of(ask, id) if rule.get("type") == "alerting"]
    ask.expect(bool(found), "alerting rules", "none: whatever fails, nobody is told")
    body = await ask.body(id, "/api/v1/label/__name__/values")
    there = set(reading.texts(body.get("data"), "names of metrics"))
    dead = []
    for rule in found:
        query = str(rule.get("query"))
        # A rule that looks for what is absent fires by it.
        missing = set() if "absent" in query else metrics(query) - there
        dead += [f"{rule.get('name')}: no {', '.join(sorted(missing))}"] if missing else []
    ask.expect(not dead, "each can fire", f"{len(dead)} cannot: {first_of(dead, 3)}")
    return f"{len(found)} rules"
