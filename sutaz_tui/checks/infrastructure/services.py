"""Every HTTP service answers as itself on its own port: what it says of itself is read, not that it says something."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Run, Wrong, patch, trait
from sutaz_tui.probes.exposition import samples
from sutaz_tui.probes.json_path import JsonPath

CATEGORY = Category("infrastructure")
MOST_CORES = 4096
MOST_BYTES = 1e16
SCRIPT = re.compile(r"""<script\b[^>]*\bsrc=["']?((?!https?:|//)[^"'\s>]+)""", re.I)
MOST_SCRIPTS = 3


@dataclass(frozen=True, slots=True)
class Itself:
    """What one service says of itself: at `path`, dotted `key` is `value`, or what `reads` takes where that is None.

    `wrong` is what stands there in its twin.
    """

    id: str
    title: str
    path: str
    key: str
    value: object = None
    wrong: object = None
    reads: Callable[[Any, str], object] = reading.version
    covers: tuple[str, ...] = ()


def _itself(one: Itself) -> Run:
    async def run(ask: Ask) -> str:
        body = await ask.body(one.id, one.path)
        wanted = f"{one.key} {one.value}" if one.value is not None else f"a {one.key}"
        try:
            found = JsonPath(one.key).find(body)
        except LookupError as error:
            raise Wrong(wanted, str(error)) from error
        if one.value is None:
            one.reads(found, one.key)
        else:
            ask.expect(found == one.value, wanted, f"{one.key} {found}")
        return f"{one.key} {found}"

    return run


def _edition(found: Any, key: str) -> str:
    if found not in ("community", "enterprise"):
        raise Wrong(f"a {key}", repr(found))
    return str(found)


def _cores(found: Any, key: str) -> int:
    return reading.whole(found, key, 1, MOST_CORES)


SERVICES = (
    Itself("backend", "the backend", "/", "app", "SutazAI Platform API", "Welcome", covers=("inf-01",)),
    Itself("neo4j", "Neo4j", "/", "neo4j_edition", None, "", _edition, covers=("inf-04",)),
    Itself("qdrant", "Qdrant", "/", "title", "qdrant - vector search engine", "nginx", covers=("inf-09",)),
    Itself("faiss", "FAISS", "/health", "max_vectors", 1_000_000, 0),
    Itself("kong", "Kong's admin API", "/", "tagline", "Welcome to kong", "Welcome to nginx!"),
    Itself("consul", "Consul", "/v1/agent/self", "Config.Datacenter", "sutazai-dc1", "dc1"),
    Itself("mcp-bridge", "the MCP bridge", "/health", "service", "mcp-bridge", "backend"),
    Itself("portainer", "Portainer", "/api/status", "Version", None, "", covers=("inf-25",)),
    Itself(
        "prometheus", "Prometheus", "/api/v1/status/buildinfo", "data.version", None, "", covers=("inf-11",)
    ),
    Itself("grafana", "Grafana", "/api/health", "database", "ok", "failing", covers=("inf-12",)),
    Itself("loki", "Loki", "/loki/api/v1/status/buildinfo", "version", None, "", covers=("inf-13",)),
    Itself("cadvisor", "cAdvisor", "/api/v1.3/machine", "num_cores", None, 0, _cores),
    Itself("alertmanager", "Alertmanager", "/api/v2/status", "versionInfo.version", None, ""),
    *(
        Itself(id, name, "/", "agent", name, "Letta" if id != "letta" else "CrewAI")
        for id, name in AGENTS.items()
    ),
)

for _one in SERVICES:
    CATEGORY.add(
        f"{_one.id}.itself",
        f"{_one.title} answers as itself on its port",
        _itself(_one),
        _one.id,
        twin=patch(_one.id if _one.id != "kong" else "kong-admin", _one.path, set={_one.key: _one.wrong}),
        covers=_one.covers,
    )


@CATEGORY.check(
    "chromadb.itself",
    "ChromaDB tells its version in its API v2",
    "chromadb",
    twin=patch("chromadb", "/api/v2/version", body="moved", status=410),
    covers=("inf-08",),
)
async def chromadb(ask: Ask) -> str:
    found = ask.as_json(await ask.get("chromadb", "/api/v2/version"))
    reading.version(found)
    return f"ChromaDB {found}"


@CATEGORY.check(
    "kong.database",
    "Kong reaches its database",
    "kong",
    twin=trait(kong_database_reachable=False),
)
async def kong_database(ask: Ask) -> str:
    body = await ask.body("kong", "/status")
    database = body.get("database")
    found = database.get("reachable") if isinstance(database, dict) else None
    ask.expect(found is True, "database reachable", f"reachable {found}; its routes cannot change")
    return "its database is reachable"


@CATEGORY.check(
    "kong.proxy",
    "Kong's proxy reaches a service behind it",
    "kong",
    "mcp-bridge",
    twin=patch("kong", "/mcp/health", status=503, body={"message": "name resolution failed"}),
)
async def kong_proxy(ask: Ask) -> str:
    body = await ask.body("kong.proxy", "/mcp/health")
    ask.expect(body.get("service") == "mcp-bridge", "the MCP bridge's own answer", body.get("service"))
    return "/mcp/health reaches the MCP bridge"


@CATEGORY.check(
    "frontend.itself",
    "the frontend's server is healthy",
    "frontend",
    twin=patch("frontend", "/_stcore/health", body="starting"),
)
async def frontend(ask: Ask) -> str:
    answer = await ask.get("frontend", "/_stcore/health")
    ask.status(answer, 200)
    ask.expect(answer.text().strip() == "ok", "the word ok", answer.text() or "nothing")
    return "ok"


@CATEGORY.check(
    "frontend.page",
    "the frontend serves its page",
    "frontend",
    twin=patch("frontend", "/", body="<html><body>It works!</body></html>"),
)
async def frontend_page(ask: Ask) -> str:
    answer = await ask.get("frontend", "/")
    ask.status(answer, 200)
    page = answer.text().lower()
    ask.expect("<title>streamlit</title>" in page and 'id="root"' in page, "Streamlit's page", page)
    # Without its script the page stays white.
    scripts = SCRIPT.findall(answer.text())
    ask.expect(bool(scripts), "a page with a script", "none: it stays white")
    for script in scripts[:MOST_SCRIPTS]:
        loaded = await ask.get("frontend", f"/{script.removeprefix('./').removeprefix('/')}")
        kind = loaded.headers.get("content-type", "")
        ask.expect(
            loaded.status == 200 and "javascript" in kind,
            f"the script {script}",
            f"{loaded.status}, {kind or 'no content-type'}",
        )
    return f"a page of {len(answer.body)} bytes, {len(scripts)} scripts"


@CATEGORY.check(
    "portainer.locked",
    "Portainer requires a login for its environments",
    "portainer",
    twin=patch("portainer", "/api/endpoints", status=200, body=[{"Id": 1, "Name": "local"}]),
    covers=("inf-26",),
)
async def portainer_locked(ask: Ask) -> str:
    status = await ask.body("portainer", "/api/status")
    ask.expect(bool(status.get("Version")), "a Version", sorted(status))
    answer = await ask.get("portainer", "/api/endpoints")
    ask.expect(answer.status == 401, "401 without a login", f"{answer.status}: anybody may manage containers")
    return "401 without a login"


def _ollama(id: str, wanted: str) -> Run:
    async def run(ask: Ask) -> str:
        models = reading.objects((await ask.body(id, "/api/tags")).get("models"), "models")
        names = [reading.text(model.get("name"), "a name of each model") for model in models]
        ask.expect(bool(names), "at least one model", "none: nothing can be answered; pull one")
        ask.expect(not wanted or wanted in names, f"model {wanted}", f"only {', '.join(names)}")
        for model in models:
            reading.whole(model.get("size"), f"a size of {model['name']}", 1)
        return f"{len(names)} models: {', '.join(names)}"

    return run


CATEGORY.add(
    "ollama.models",
    "the backend's Ollama (on the host) has a model",
    _ollama("ollama", ""),
    "ollama",
    twin=patch("ollama", "/api/tags", set={"models": []}),
    covers=("inf-06",),
)
CATEGORY.add(
    "ollama-agents.models",
    "the agents' Ollama has their model, tinyllama",
    _ollama("ollama-agents", "tinyllama:latest"),
    "ollama-agents",
    twin=patch("ollama-agents", "/api/tags", set={"models.0.name": "llama3:8b"}),
)


LAST_SCRAPE = ("pg_exporter_last_scrape_error", "redis_exporter_last_scrape_error")


async def figures(ask: Ask, id: str, *names: str) -> dict[str, Any]:
    """The first value of each of these metrics of an exporter; all must be there, and of a scrape that went well."""
    answer = await ask.get(id, "/metrics")
    ask.status(answer, 200)
    found: dict[str, float] = {}
    for sample in samples(answer.body, (*names, *LAST_SCRAPE), is_cut=answer.is_cut):
        ask.expect(
            sample.name not in LAST_SCRAPE or sample.value == 0,
            "a last scrape without an error",
            f"{sample.name} {sample.value:g}: its figures are old",
        )
        found.setdefault(sample.name, sample.value)
    missing = [name for name in names if name not in found]
    for name, value in found.items():
        reading.number(value, name, most=MOST_BYTES)
    ask.expect(not missing, f"the figures {', '.join(names)}", f"without {', '.join(missing)}")
    return found


@CATEGORY.check(
    "node-exporter.itself",
    "the node exporter has this host's metrics",
    "node-exporter",
    twin=patch("node-exporter", "/metrics", body="# nothing collected\nnode_load1 0.5\n"),
    covers=("inf-15",),
)
async def node_exporter(ask: Ask) -> str:
    found = await figures(ask, "node-exporter", "node_uname_info", "node_load1")
    return f"load {found['node_load1']:g}"


@CATEGORY.check(
    "postgres-exporter.itself",
    "the PostgreSQL exporter reaches PostgreSQL",
    "postgres-exporter",
    twin=patch("postgres-exporter", "/metrics", body="pg_up 0\n"),
)
async def postgres_exporter(ask: Ask) -> str:
    found = await figures(ask, "postgres-exporter", "pg_up")
    ask.expect(found["pg_up"] == 1, "pg_up 1", f"pg_up {found['pg_up']:g}: it cannot log in")
    return "pg_up 1"


@CATEGORY.check(
    "redis-exporter.itself",
    "the Redis exporter reaches Redis",
    "redis-exporter",
    twin=patch("redis-exporter", "/metrics", body="redis_up 0\n"),
)
async def redis_exporter(ask: Ask) -> str:
    found = await figures(ask, "redis-exporter", "redis_up")
    ask.expect(found["redis_up"] == 1, "redis_up 1", f"redis_up {found['redis_up']:g}")
    return "redis_up 1"


MEMORY_FULL = 95
DISK_FULL = 90


def _used(size: float, left: float) -> float:
    """Percent in use; more left than there is, or none at all, cannot be."""
    reading.number(size, "bytes in all", 1, MOST_BYTES)
    return 100 * (1 - reading.number(left, "bytes left", 0, size) / size)


@CATEGORY.check(
    "host.memory",
    f"the host has more than {100 - MEMORY_FULL} % of its memory to give",
    "host",
    twin=trait(host_memory_share=0.98),
)
async def host_memory(ask: Ask) -> str:
    found = await figures(ask, "host", "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes")
    used = _used(found["node_memory_MemTotal_bytes"], found["node_memory_MemAvailable_bytes"])
    ask.expect(used < MEMORY_FULL, f"less than {MEMORY_FULL} % in use", f"{used:.0f} %")
    return f"{used:.0f} % in use"


@CATEGORY.check(
    "host.disk",
    f"the host's root file system is less than {DISK_FULL} % full",
    "host",
    twin=trait(host_disk_share=0.97),
)
async def host_disk(ask: Ask) -> str:
    answer = await ask.get("host", "/metrics")
    ask.status(answer, 200)
    names = ("node_filesystem_size_bytes", "node_filesystem_avail_bytes")
    more = ("node_filesystem_files", "node_filesystem_files_free", "node_filesystem_readonly")
    found = {
        sample.name: sample.value
        for sample in samples(answer.body, (*names, *more), is_cut=answer.is_cut)
        if sample.labels.get("mountpoint") == "/"
    }
    ask.expect(found.keys() >= {*names}, "the size of / and what is left of it", sorted(found))
    ask.expect(found.get(more[2], 0) == 0, "a file system to write to", "/ is mounted read-only")
    # Some file systems make inodes as they go, and tell 0.
    if found.get(more[0], 0) > 0:
        files = _used(found[more[0]], found.get(more[1], 0.0))
        ask.expect(
            files < DISK_FULL, f"less than {DISK_FULL} % of its inodes", f"{files:.0f} %: no room for files"
        )
    used = _used(found[names[0]], found[names[1]])
    ask.expect(used < DISK_FULL, f"less than {DISK_FULL} %", f"{used:.0f} %: logs and data have no room")
    return f"{used:.0f} % full"
