"""Prometheus: what it should scrape and does, what its rules are worth, and whether its alerts reach anybody."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import yaml

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Twin, Wrong, patch, trait
from sutaz_tui.sources.alerts import moment
from sutaz_tui.sources.prometheus import duration

CATEGORY = Category("monitoring")

TARGETS = {
    "prometheus": 1,
    "node-exporter": 1,
    "cadvisor": 1,
    "backend-api": 1,
    "mcp-bridge": 1,
    "ai-agents": 8,
    "postgres-exporter": 1,
    "redis-exporter": 1,
    "rabbitmq": 1,
    "kong": 1,
}
"""How many targets each job of the stack's Prometheus has."""
ALL = sum(TARGETS.values())
LATE = 3
"""Scrape intervals."""
MOST_SERIES = 200_000
STALE = 300.0
"""Seconds beyond a few intervals of its group, after which a rule is no longer evaluated."""


async def data(ask: Ask, path: str, key: str, id: str = "prometheus") -> list[dict[str, Any]]:
    """The list of objects at `data.key` of an answer of Prometheus."""
    body = await ask.body(id, path)
    ask.expect(body.get("status") == "success", "status success", body.get("error") or body.get("status"))
    inside = body.get("data")
    found = inside.get(key) if isinstance(inside, dict) else None
    ask.expect(isinstance(found, list), f"a list of {key}", found)
    return cast(list[dict[str, Any]], found)


async def active(ask: Ask, id: str = "prometheus") -> list[dict[str, Any]]:
    """The scrape targets; at least one."""
    found = await data(ask, "/api/v1/targets", "activeTargets", id)
    ask.expect(bool(found), "scrape targets", "none: its config names nothing to scrape")
    return found


def name(target: dict[str, Any]) -> str:
    """A target's job and address."""
    labels = target.get("labels") or {}
    return f"{labels.get('job')} {labels.get('instance')}"


@CATEGORY.check(
    "prometheus.ready",
    "Prometheus is ready to serve",
    "prometheus",
    twin=patch("prometheus", "/-/ready", status=503, body="Service Unavailable"),
    covers=("mon-01",),
)
async def ready(ask: Ask, id: str = "prometheus") -> str:
    answer = await ask.get(id, "/-/ready")
    ask.status(answer, 200)
    words = answer.text().strip()
    ask.expect("Prometheus" in words and "Ready" in words, "Prometheus Server is Ready.", words or "nothing")
    return "ready"


@CATEGORY.check(
    "prometheus.targets",
    f"Prometheus knows all {ALL} targets of its {len(TARGETS)} jobs",
    "prometheus",
    twin=patch("prometheus", "/api/v1/targets", remove=["data.activeTargets.16"]),
    covers=("mon-02",),
)
async def targets(ask: Ask) -> str:
    # One listed twice is one.
    different = {name(target): (target.get("labels") or {}).get("job") for target in await active(ask)}
    found = [*different.values()]
    short = [
        f"{job} {found.count(job)} of {count}" for job, count in TARGETS.items() if found.count(job) < count
    ]
    ask.expect(not short, f"{ALL} targets", f"{len(found)}; {', '.join(short)}")
    return f"{len(found)} targets"


@CATEGORY.check(
    "prometheus.up",
    "every target of Prometheus is up",
    "prometheus",
    twin=trait(prometheus_missing_targets=["kong"]),
    covers=("mon-03",),
)
async def up(ask: Ask, id: str = "prometheus") -> str:
    found = await active(ask, id)
    down = [
        f"{name(one)}: {one.get('lastError') or one.get('health')}" for one in found if one["health"] != "up"
    ]
    ask.expect(not down, f"{len(found)} of {len(found)} up", f"{len(down)} not up: {'; '.join(down[:3])}")
    return f"{len(found)} of {len(found)} up"


@CATEGORY.check(
    "prometheus.agents",
    "all eight agents are scraped",
    "prometheus",
    twin=trait(prometheus_missing_targets=["sutazai-letta:8000"]),
    covers=("mon-04",),
    follows="monitoring.prometheus.up",
)
async def agents(ask: Ask) -> str:
    # Not the series `up`: that of a target which is no more goes on for five minutes.
    found = [one for one in await active(ask) if (one.get("labels") or {}).get("job") == "ai-agents"]
    down = sorted(name(one) for one in found if one.get("health") != "up")
    wanted = TARGETS["ai-agents"]
    ask.expect(
        len({*map(name, found)}) >= wanted, f"{wanted} agents", f"{len(found)} targets of job ai-agents"
    )
    ask.expect(not down, f"{wanted} of {wanted} up", f"not up: {', '.join(down)}")
    return f"{len(found)} of {len(found)} up"


@CATEGORY.check(
    "prometheus.fresh",
    f"every target was scraped within the last {LATE} intervals",
    "prometheus",
    twin=patch(
        "prometheus", "/api/v1/targets", set={"data.activeTargets.3.lastScrape": "2025-11-16T01:00:00Z"}
    ),
)
async def fresh(ask: Ask, id: str = "prometheus") -> str:
    answer = await ask.get(id, "/api/v1/targets")
    inside = ask.as_object(answer).get("data")
    found = cast(list[dict[str, Any]], inside.get("activeTargets") if isinstance(inside, dict) else None)
    ask.expect(isinstance(found, list) and bool(found), "scrape targets", found)
    # Its own clock where it tells it: its times must not depend on ours.
    date = answer.headers.get("date")
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    ages, late = [0.0], []
    for target in found:
        scraped = moment(target.get("lastScrape"))
        age = (now - scraped).total_seconds() if scraped else float("inf")
        ages.append(age)
        if age < -reading.AHEAD:
            late.append(f"{name(target)} {-age:.0f} s ahead")
        if age > LATE * duration(target.get("scrapeInterval")):
            late.append(f"{name(target)} {age:.0f} s ago" if scraped else f"{name(target)} never")
    ask.expect(not late, f"scrapes of the last {LATE} intervals", f"{len(late)} late: {'; '.join(late[:3])}")
    return f"{len(found)} targets, the oldest scrape {max(ages):.0f} s ago"


async def rules_of(ask: Ask, id: str = "prometheus") -> list[dict[str, Any]]:
    """The rules of all groups of a Prometheus."""
    groups = await data(ask, "/api/v1/rules", "groups", id)
    return [
        {"interval": group.get("interval"), **rule} for group in groups for rule in group.get("rules") or ()
    ]


@CATEGORY.check(
    "prometheus.rules",
    "Prometheus has alerting rules",
    "prometheus",
    twin=trait(prometheus_has_rules=False),
)
async def rules(ask: Ask) -> str:
    found = await rules_of(ask)
    alerting = [rule for rule in found if rule.get("type") == "alerting"]
    ask.expect(
        bool(alerting), "alerting rules", f"{len(found)} rules, none of which alerts: look at rule_files"
    )
    return f"{len(alerting)} alerting rules"


@CATEGORY.check(
    "prometheus.rules-work",
    "every Prometheus rule evaluates without error",
    "prometheus",
    twin=patch("prometheus", "/api/v1/rules", set={"data.groups.0.rules.0.health": "err"}),
)
async def rules_work(ask: Ask, id: str = "prometheus") -> str:
    found = await rules_of(ask, id)
    broken = [f"{rule.get('name')}: {rule.get('lastError') or rule.get('health')}" for rule in found]
    broken = [words for words, rule in zip(broken, found, strict=True) if rule.get("health") != "ok"]
    ask.expect(not broken, "each rule evaluated", f"{len(broken)} broken: {'; '.join(broken[:3])}")
    late = [f"{rule.get('name')} {rule.get('lastEvaluation')}" for rule in found if _is_late(rule)]
    ask.expect(not late, "each evaluated at its interval", f"{len(late)} not since: {'; '.join(late[:3])}")
    return f"{len(found)} rules, none broken"


def _is_late(rule: dict[str, Any]) -> bool:
    at, interval = moment(rule.get("lastEvaluation")), rule.get("interval")
    if at is None or not isinstance(interval, int | float):
        return False
    return (datetime.now(UTC) - at).total_seconds() > STALE + LATE * interval


@CATEGORY.check(
    "prometheus.quiet",
    "no alert is firing",
    "prometheus",
    twin=trait(firing_alerts=["DiskFull"]),
)
async def quiet(ask: Ask) -> str:
    found = await data(ask, "/api/v1/alerts", "alerts")
    names = sorted(
        {str(one.get("labels", {}).get("alertname")) for one in found if one.get("state") == "firing"}
    )
    ask.expect(not names, "no alert", f"{', '.join(names[:5])} firing")
    return "none fires"


@CATEGORY.check(
    "prometheus.series",
    f"Prometheus holds fewer than {MOST_SERIES:,} series",
    "prometheus",
    twin=patch("prometheus", "/api/v1/status/tsdb", set={"data.headStats.numSeries": 2_400_000}),
)
async def series(ask: Ask) -> str:
    inside = (await ask.body("prometheus", "/api/v1/status/tsdb")).get("data")
    head = inside.get("headStats") if isinstance(inside, dict) else None
    count = reading.whole(head.get("numSeries") if isinstance(head, dict) else head, "a number of series", 1)
    ask.expect(count < MOST_SERIES, f"fewer than {MOST_SERIES:,}", f"{count:,}: paths with ids in labels?")
    return f"{count:,} series"


@CATEGORY.check(
    "backend.requests",
    "Prometheus has the backend's request counts",
    "prometheus",
    "backend",
    twin=trait(backend_metrics_move=False),
    covers=("mon-05",),
)
async def backend_requests(ask: Ask) -> str:
    found = await ask.promql('sum(http_requests_total{job="backend-api"})')
    ask.expect(bool(found), "a count of requests", "no series http_requests_total of job backend-api")
    total = reading.number(found[0].value, "a count of requests", 1)
    return f"{total:,.0f} requests"


@CATEGORY.check(
    "backend.gauges",
    "the backend's status metrics in Prometheus agree with its health page",
    "prometheus",
    "backend",
    twin=patch("backend", "/api/v1/health/", set={"services.consul": False}),
)
async def backend_gauges(ask: Ask) -> str:
    flags = (await ask.body("backend", "/api/v1/health/")).get("services")
    ask.expect(isinstance(flags, dict) and bool(flags), "flags of services", flags)
    assert isinstance(flags, dict)
    # The job's own label `service` pushes the metric's aside.
    found = {
        sample.labels.get("exported_service") or sample.labels.get("service"): sample.value == 1
        for sample in await ask.promql('backend_service_status{job="backend-api"}')
    }
    ask.expect(bool(found), "series of backend_service_status", "none")
    other = sorted(flag for flag, says in flags.items() if found.get(flag) is not bool(says))
    ask.expect(not other, f"{len(flags)} flags alike", f"other in Prometheus: {', '.join(other)}")
    return f"{len(flags)} flags alike"


@CATEGORY.check(
    "alertmanager.ready",
    "Alertmanager is ready, with a config that names a receiver",
    "alertmanager",
    twin=patch("alertmanager", "/api/v2/receivers", body=[]),
    covers=("mon-15",),
)
async def alertmanager(ask: Ask) -> str:
    answer = await ask.get("alertmanager", "/-/ready")
    ask.status(answer, 200)
    ask.expect(answer.text().strip() == "OK", "the word OK", answer.text() or "nothing")
    found = ask.as_list(await ask.get("alertmanager", "/api/v2/receivers"))
    names = [reading.text(one.get("name"), "a name of each") for one in reading.objects(found, "receivers")]
    ask.expect(bool(names), "a receiver", "none: alerts go nowhere")
    silent = await _silent_receiver(ask)
    ask.expect(not silent, "a receiver that tells somebody", f"{silent}, where alerts go, has no address")
    every = [one for one in await _silences(ask) if _is_over_all(one)]
    ask.expect(
        not every,
        "alerts that are sent",
        f"a silence over all of them until {every and every[0].get('endsAt')}",
    )
    return f"ready, receivers {', '.join(names)}"


async def _silent_receiver(ask: Ask) -> str:
    """The receiver of the first route of Alertmanager's config where it tells nobody, else ""; others may be meant to."""
    inside = (await ask.body("alertmanager", "/api/v2/status")).get("config")
    try:
        config = yaml.safe_load(str(inside.get("original")) if isinstance(inside, dict) else "")
    except yaml.YAMLError:
        config = None
    if not isinstance(config, dict) or not isinstance(config.get("route"), dict):
        raise Wrong("its config with a route", "none in /api/v2/status")
    name = str(config["route"].get("receiver"))
    for one in reading.objects(config.get("receivers"), "receivers"):
        if one.get("name") == name and any(key.endswith("_configs") and value for key, value in one.items()):
            return ""
    return name


async def _silences(ask: Ask) -> list[dict[str, Any]]:
    found = reading.objects(ask.as_list(await ask.get("alertmanager", "/api/v2/silences")), "silences")
    return [one for one in found if (one.get("status") or {}).get("state") == "active"]


def _is_over_all(silence: dict[str, Any]) -> bool:
    """Whether its matchers leave no alert out."""
    matchers = silence.get("matchers") or []
    return all(one.get("isRegex") and one.get("value") in (".*", ".+") for one in matchers)


@CATEGORY.check(
    "alertmanager.known",
    "Prometheus has an active Alertmanager",
    "prometheus",
    "alertmanager",
    twin=patch("prometheus", "/api/v1/alertmanagers", set={"data.activeAlertmanagers": []}),
)
async def known(ask: Ask) -> str:
    found = await data(ask, "/api/v1/alertmanagers", "activeAlertmanagers")
    ask.expect(
        bool(found), "an active Alertmanager", "none: alerts are not delivered; see `alerting` in its config"
    )
    return f"{len(found)} active"


def _labels(alert: dict[str, Any]) -> dict[str, Any]:
    found = alert.get("labels")
    return found if isinstance(found, dict) else {}


@CATEGORY.check(
    "alertmanager.told",
    "alerts firing in Prometheus are in Alertmanager",
    "alertmanager",
    "prometheus",
    twin=Twin(
        traits={"firing_alerts": ["DiskFull"]},
        patches=({"endpoint": "alertmanager", "path": "/api/v2/alerts", "body": []},),
    ),
)
async def told(ask: Ask) -> str:
    alerts = await data(ask, "/api/v1/alerts", "alerts")
    firing = [_labels(one) for one in alerts if one.get("state") == "firing"]
    held = reading.objects(ask.as_list(await ask.get("alertmanager", "/api/v2/alerts")), "alerts")
    # Prometheus adds the external labels of its config on the way.
    there = [_labels(one) for one in held]
    lost = [
        " ".join(str(labels[key]) for key in ("alertname", "instance") if key in labels)
        for labels in firing
        if not any(labels.items() <= more.items() for more in there)
    ]
    ask.expect(not lost, f"{len(firing)} alerts in Alertmanager", f"not there: {', '.join(sorted(lost))}")
    return f"{len(firing)} fire, all are there"
