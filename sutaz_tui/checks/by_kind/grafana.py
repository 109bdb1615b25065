"""Any Grafana, as far as it tells without a login."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.monitoring.grafana import database
from sutaz_tui.sources.curl import auth_headers

KIND = Kind("grafana")
CLOSED = (401, 403)

KIND.add(
    "database", "it reaches its own database", database, trait(grafana_database_ok=False), is_identity=True
)


@KIND.check(
    "locked",
    "its data sources want a login",
    patch("grafana", "/api/datasources", status=200, body=[{"id": 1, "name": "Prometheus"}]),
)
async def locked(ask: Ask, id: str) -> str:
    if auth_headers(ask.service(id).auth):
        raise NotRun("it is asked by a login")
    await ask.body(id, "/api/health")
    answer = await ask.get(id, "/api/datasources")
    # Whom it lets look without a login it refuses this all the same.
    ask.expect(
        answer.status in CLOSED, "401 or 403 without a login", f"{answer.status}: anybody may change them"
    )
    return f"{answer.status} without a login"
