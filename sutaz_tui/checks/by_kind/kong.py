"""Any Kong, by its admin API."""

from urllib.parse import quote

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.messaging.kong import listed, status
from sutaz_tui.text.units import first_of, plural

KIND = Kind("kong")
HEALTH = "/upstreams/*/health"
MOST_UPSTREAMS = 20
TAKES_REQUESTS = ("HEALTHY", "HEALTHCHECKS_OFF")

KIND.add("database", "it reaches its database and counts requests", status,
         trait(kong_database_reachable=False), is_identity=True)  # fmt: skip


@KIND.check(
    "routes",
    "every route leads to a service that is there and enabled",
    patch("kong-admin", "/services", set={"data.0.enabled": False}),
    patch("kong-admin", "/routes", set={"data.1.service": {"id": "gone"}}),
    patch("kong-admin", "/routes", set={"data": []}),
)
async def routes(ask: Ask, id: str) -> str:
    services = {str(one.get("id")): one for one in await listed(ask, "/services", id)}
    found = await listed(ask, "/routes", id)
    ask.expect(bool(found), "routes", "none: every request is answered 404")
    astray = []
    for route in found:
        # One of plugins alone has no service.
        if (behind := route.get("service")) is None:
            continue
        known = services.get(str(behind.get("id")) if isinstance(behind, dict) else "")
        name = route.get("name") or route.get("id")
        if known is None:
            astray.append(f"{name} to a service that is gone")
        elif known.get("enabled") is False:
            astray.append(f"{name} to {known.get('name')}, disabled")
    ask.expect(not astray, "each leads to a service", first_of(astray, 5))
    return plural(len(found), "route")


@KIND.check(
    "targets",
    "every upstream has targets, and all of them take requests",
    trait(kong_target_healthy=False),
    patch("kong-admin", HEALTH, set={"data": []}),
    patch("kong-admin", HEALTH, set={"data.0.weight": 0}),
)
async def targets(ask: Ask, id: str) -> str:
    upstreams = (await listed(ask, "/upstreams", id))[:MOST_UPSTREAMS]
    bad, count = [], 0
    for upstream in upstreams:
        name = reading.text(upstream.get("name"), "a name of each upstream")
        found = await listed(ask, f"/upstreams/{quote(name, safe='')}/health", id)
        # Weight 0 is how a target is taken out.
        at_work = [one for one in found if one.get("weight") != 0]
        count += len(at_work)
        bad += [] if at_work else [f"{name} has none: 503 for all"]
        bad += [
            f"{name}: {one.get('target')} {one.get('health')}"
            for one in at_work
            if one.get("health") not in TAKES_REQUESTS
        ]
    ask.expect(not bad, "targets that take requests", first_of(bad, 5))
    return f"{plural(count, 'target')} of {plural(len(upstreams), 'upstream')}"
