"""Grafana: its own database, and how many sources and dashboards it has, which its metrics tell without a login."""

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait
from sutaz_tui.probes.exposition import samples
from sutaz_tui.sources.curl import auth_headers

CATEGORY = Category("monitoring")
MOST = 100_000

SOURCES = ("prometheus", "loki", "redis-datasource")
"""Plugins of the three provisioned data sources."""
DASHBOARDS = 5


@CATEGORY.check(
    "grafana.database",
    "Grafana reaches its own database",
    "grafana",
    twin=trait(grafana_database_ok=False),
    covers=("mon-06",),
)
async def database(ask: Ask, id: str = "grafana") -> str:
    # A failing one answers 503, with the same keys.
    answer = await ask.get(id, "/api/health")
    body = ask.as_object(answer, answer.status if answer.status == 503 else 200)
    ask.expect(body.get("database") == "ok", "database ok", f"database {body.get('database')}")
    return f"database ok, Grafana {body.get('version')}"


@CATEGORY.check(
    "grafana.sources",
    "Grafana has its data sources: Prometheus, Loki and Redis",
    "grafana",
    twin=trait(grafana_sources=["prometheus", "redis-datasource"]),
    covers=("mon-07",),
)
async def sources(ask: Ask) -> str:
    answer = await ask.get("grafana", "/metrics")
    ask.status(answer, 200)
    told = samples(answer.body, ["grafana_stat_totals_datasource"], is_cut=answer.is_cut)
    found = reading.once(((one.labels.get("plugin_id", ""), one.value) for one in told), "count of sources")
    missing = [plugin for plugin in SOURCES if found.get(plugin, 0) < 1]
    ask.expect(not missing, f"sources {', '.join(SOURCES)}", f"without {', '.join(missing)}")
    return f"{reading.number(sum(found.values()), 'sources', len(SOURCES), MOST):g} sources"


@CATEGORY.check(
    "grafana.dashboards",
    f"Grafana has its {DASHBOARDS} dashboards",
    "grafana",
    twin=trait(grafana_dashboards=2),
    covers=("mon-08",),
)
async def dashboards(ask: Ask) -> str:
    answer = await ask.get("grafana", "/metrics")
    ask.status(answer, 200)
    found = next(samples(answer.body, ["grafana_stat_totals_dashboard"], is_cut=answer.is_cut), None)
    count = found.value if found is not None else 0.0
    reading.number(count, "dashboards", most=MOST)
    ask.expect(count >= DASHBOARDS, f"{DASHBOARDS} dashboards", f"{count:g}: look at its provisioning")
    return f"{count:g} dashboards"


@CATEGORY.check(
    "grafana.locked",
    "Grafana requires a login for its data sources",
    "grafana",
    twin=patch("grafana", "/api/datasources", status=200, body=[{"id": 1, "name": "Prometheus"}]),
)
async def locked(ask: Ask) -> str:
    await ask.body("grafana", "/api/health")
    answer = await ask.get("grafana", "/api/datasources")
    if auth_headers(ask.service("grafana").auth):
        found = ask.as_list(answer)
        ask.expect(len(found) >= len(SOURCES), f"{len(SOURCES)} sources for our login", f"{len(found)}")
        return f"{len(found)} sources for our login"
    ask.expect(
        answer.status == 401, "401 without a login", f"{answer.status}: anybody may read and change it"
    )
    return "401 without a login"
