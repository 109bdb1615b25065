"""The health pages: all of nine, in agreement with each other and with the services' own ports."""

from typing import Any
from urllib.parse import urlsplit

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Run, Twin, Wrong, patch, trait
from sutaz_tui.errors import SourceError

CATEGORY = Category("api")
HEALTH = "/api/v1/health/"
SERVICES = "/api/v1/health/services"
NINE = ("redis", "rabbitmq", "neo4j", "chromadb", "qdrant", "faiss", "consul", "kong", "ollama")


@CATEGORY.check(
    "root",
    "/ reports platform, version, API path and status operational",
    "backend",
    twin=patch("backend", "/", set={"status": "maintenance"}),
)
async def root(ask: Ask) -> str:
    found = await ask.body("backend", "/")
    ask.expect(found.get("status") == "operational", "status operational", found.get("status"))
    ask.expect(found.get("api") == "/api/v1", "the API at /api/v1", found.get("api"))
    ask.expect(bool(found.get("app")) and bool(found.get("version")), "app and version", sorted(found))
    return f"{found['app']} {found['version']}"


@CATEGORY.check(
    "health",
    "/health reports healthy and the app's name",
    "backend",
    twin=patch("backend", "/health", set={"status": "starting"}),
    covers=("api-01",),
)
async def health(ask: Ask) -> str:
    found = await ask.body("backend", "/health")
    ask.expect(found.get("status") == "healthy", "status healthy", found.get("status"))
    ask.expect("sutazai" in str(found.get("app")).lower(), "the SutazAI platform", found.get("app"))
    return str(found["app"])


def _flags(ask: Ask, found: dict[str, Any]) -> dict[str, Any]:
    services = found.get("services")
    if not isinstance(services, dict):
        raise Wrong("a flag for each service", f"services {services!r}")
    missing = [name for name in NINE if name not in services]
    ask.expect(not missing, "a flag for each of nine services", f"none for {', '.join(missing)}")
    return services


@CATEGORY.check(
    "health.all",
    "/health reports all nine services healthy, and its counts agree",
    "backend",
    twin=patch("backend", HEALTH, set={"services.neo4j": False, "healthy_count": 9, "status": "degraded"}),
    covers=("api-02",),
)
async def all_nine(ask: Ask) -> str:
    found = await ask.body("backend", HEALTH)
    services = _flags(ask, found)
    down = [name for name, up in services.items() if up is not True]
    ask.expect(not down, "all true", f"{', '.join(down)} not")
    counts = (found.get("healthy_count"), found.get("total_services"))
    ask.expect(counts == (len(services), len(services)), f"{len(services)} of {len(services)}", counts)
    ask.expect(found.get("status") == "healthy", "status healthy", found.get("status"))
    return f"{len(services)} of {len(services)}"


@CATEGORY.check(
    "health.same",
    "the list of services agrees with the health page",
    "backend",
    twin=patch("backend", SERVICES, set={"services.3.healthy": False}),
)
async def same(ask: Ask) -> str:
    flags = _flags(ask, await ask.body("backend", HEALTH))
    listed = (await ask.body("backend", SERVICES)).get("services")
    if not isinstance(listed, list):
        raise Wrong("a list of services", f"services {listed!r}")
    told = reading.flags(
        {str(entry.get("name")): entry.get("healthy") for entry in reading.objects(listed, "services")},
        "a flag of each service",
    )
    differ = sorted(name for name in {*flags, *told} if flags.get(name) != told.get(name))
    ask.expect(not differ, "the same on both pages", f"{', '.join(differ)} told differently")
    return f"{len(told)} told alike"


@CATEGORY.check(
    "health.redirect",
    "/api/v1/health redirects to /api/v1/health/",
    "backend",
    twin=patch("backend", "/api/v1/health", status=404),
)
async def redirect(ask: Ask) -> str:
    answer = await ask.get("backend", "/api/v1/health")
    where = answer.headers.get("location", "")
    ask.expect(answer.status in (307, 308), "307", f"{answer.status}")
    ask.expect(where.endswith(HEALTH), f"a location that ends in {HEALTH}", where or "none")
    # Whoever asks from outside cannot follow it to a host of the inside.
    host = reading.url(where, "a location").netloc
    ask.expect(host in ("", urlsplit(ask.service("backend").address).netloc), "the host that was asked", host)
    found = await ask.body("backend", HEALTH)
    ask.expect(found.get("status") in ("healthy", "degraded"), "the health page there", sorted(found))
    return f"{answer.status} to {HEALTH}"


@CATEGORY.check(
    "health.unknown",
    "an unknown service is 404 by name, a known one answers",
    "backend",
    twin=patch("backend", f"{SERVICES}/sutaztui-none", status=200),
)
async def unknown(ask: Ask) -> str:
    known = await ask.body("backend", f"{SERVICES}/redis")
    ask.expect(known.get("service") == "redis" and "healthy" in known, "redis told", known)
    answer = await ask.get("backend", f"{SERVICES}/sutaztui-none")
    ask.status(answer, 404)
    ask.expect("redis" in answer.text(), "the names that there are", answer.text())
    return "404, with the names that there are"


# Store and what its own port answers when it lives.
STORES = {
    "chromadb": ("/api/v2/heartbeat", "nanosecond heartbeat", "api-13"),
    "qdrant": ("/", "version", "api-14"),
    "faiss": ("/health", "status", "api-15"),
}


def _store(id: str, path: str, key: str) -> Run:
    async def run(ask: Ask) -> str:
        said = await ask.body("backend", f"{SERVICES}/{id}")
        ask.expect(said.get("service") == id, f"a status of {id}", said.get("service"))
        try:
            lives = bool((await ask.body(id, path)).get(key))
            seen = "it answers" if lives else f"it answers without {key}"
        except SourceError as error:
            lives, seen = False, error.words
        except Wrong as wrong:
            lives, seen = False, wrong.found
        flag = said.get("healthy")
        ask.expect(flag is lives, "the backend's status and the probe agree", f"healthy {flag}; {seen}")
        ask.expect(lives, "both well", f"healthy {flag}; {seen}")
        return f"healthy {flag}, and {seen}"

    return run


for _id, (_path, _key, _old) in STORES.items():
    CATEGORY.add(
        f"flag.{_id}",
        f"the backend's status of {_id} agrees with a probe of it",
        _store(_id, _path, _key),
        # Not blocked by a store that is down: that the backend calls it healthy is what must be seen.
        "backend",
        twin=Twin(traits={"lying_flags": [_id]}, faults={_id: "refuse"}),
        covers=(_old,),
    )


@CATEGORY.check(
    "flag.rabbitmq",
    "the backend's status of RabbitMQ agrees with the broker",
    "backend",
    twin=trait(rabbitmq_alarm=True),
)
async def broker(ask: Ask) -> str:
    said = await ask.body("backend", f"{SERVICES}/rabbitmq")
    try:
        found = await ask.body("rabbitmq", "/api/health/checks/alarms")
        lives, seen = found.get("status") == "ok", f"status {found.get('status')}"
    except SourceError as error:
        lives, seen = False, error.words
    except Wrong as wrong:
        lives, seen = False, wrong.found
    flag = said.get("healthy")
    ask.expect(flag is True and lives, "both well", f"healthy {flag}; the broker: {seen}")
    return f"healthy {flag}, and the broker: {seen}"
