"""Consul: a leader, who is registered and how it is, what no longer lives, and the key-value store."""

import secrets
from collections import defaultdict
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Twin, Wrong, patch, trait
from sutaz_tui.checks.messaging.category import CATEGORY
from sutaz_tui.errors import Denied, SourceError
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.consul import is_filtered
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural

REGISTERED = {"sutazai-backend": ("api", "backend", "fastapi"), "mcp-bridge": ("bridge", "mcp", "ai")}
"""What registers itself when it starts, and by which tags."""

KNOWN = {
    "sutazai-backend": ("backend", "/health"),
    "backend-api": ("backend", "/health"),
    "mcp-bridge": ("mcp-bridge", "/health"),
    "letta": ("letta", "/health"),
    "crewai": ("crewai", "/health"),
    "aider": ("aider", "/health"),
    "kong": ("kong", "/status"),
    "chromadb": ("chromadb", "/api/v2/heartbeat"),
    "qdrant": ("qdrant", "/readyz"),
    "faiss": ("faiss", "/health"),
    "neo4j": ("neo4j", "/"),
    "frontend": ("frontend", "/_stcore/health"),
    "ollama": ("ollama", "/api/version"),
}
"""Catalog name -> our service of that name, and the path that says that its port answers."""

Services = dict[str, dict[str, list[dict[str, Any]]]]
"""Catalog name -> instance id -> its checks."""

STATUSES = ("passing", "warning", "critical", "maintenance")
CATALOG = "/v1/catalog/services"
"""Every login that sees all sees Consul itself in it."""
KEY = "/v1/kv/sutaztui-round-trip"


@CATEGORY.check(
    "consul.leader",
    "the cluster has a leader, and it is one of its peers",
    "consul",
    twin=trait(consul_has_leader=False),
    covers=("rck-13",),
)
async def leader(ask: Ask, id: str = "consul") -> str:
    answer = await ask.get(id, "/v1/status/leader")
    if answer.status == 500 and "No cluster leader" in answer.text():
        raise Wrong("a leader", "no cluster leader; nothing can be registered or read")
    found = ask.as_json(answer)
    ask.expect(isinstance(found, str) and ":" in found, "a leader as address:port", repr(found))
    peers = ask.as_list(await ask.get(id, "/v1/status/peers"))
    ask.expect(found in peers, f"the leader {found} among the peers", peers)
    return f"leader {found} of {len(peers)}"


async def _must_be_shown(ask: Ask, answer: HttpAnswer | None = None, id: str = "consul") -> None:
    """Raise Denied, or NotRun without a token, where what is not in an answer may be hidden from us."""
    if answer is None or not is_filtered(answer):
        answer = await ask.get(id, CATALOG)
        if "consul" in ask.as_json(answer) or "x-consul-index" not in answer.headers:
            return
    source = ask.config.source_of(ask.service(id))
    token = f"a token with service:read and node:read for source {source}"
    # Before 1.11 it does not say so itself: that it shows nothing at all is then no reason to skip.
    if is_filtered(answer) and ask.config.sources[source].auth is None:
        raise NotRun(f"Consul's ACLs hide from strangers what is registered: set {token}")
    raise Denied(answer.source, f"its ACLs hide what is asked for; set {token}")


async def _checks(ask: Ask, id: str) -> list[dict[str, Any]]:
    """All health checks that Consul keeps; there is always the one of its own node."""
    answer = await ask.get(id, "/v1/health/state/any")
    found = ask.as_list(answer)
    if not found or is_filtered(answer):
        await _must_be_shown(ask, answer, id)
    ask.expect(bool(reading.objects(found, "health checks")), "health checks", "none")
    strange = [check.get("Status") for check in found if check.get("Status") not in STATUSES]
    ask.expect(not strange, f"each {', '.join(STATUSES)}", strange)
    return found


async def registered_services(ask: Ask, id: str = "consul") -> Services:
    """Catalog name -> instance id -> its checks."""
    services: Services = defaultdict(lambda: defaultdict(list))
    for check in await _checks(ask, id):
        if check.get("ServiceName"):
            services[str(check["ServiceName"])][str(check.get("ServiceID"))].append(check)
    return services


async def instances(ask: Ask, name: str, **params: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The instances of a service, each with its checks: that of its node, and at least one of its own."""
    answer = await ask.get("consul", f"/v1/health/service/{name}", params=params)
    found: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if not ask.as_list(answer):
        await _must_be_shown(ask, answer)
    for entry in reading.objects(ask.as_list(answer), f"instances of {name}"):
        service, checks = entry.get("Service"), reading.objects(entry.get("Checks"), "Checks")
        if not isinstance(service, dict) or service.get("Service") != name:
            raise Wrong(f"instances of {name}", one_line(str(entry), 120))
        of_its_own = [check for check in checks if check.get("ServiceName") == name]
        ask.expect(bool(of_its_own), f"a health check of {name}", "none: it passes whatever happens")
        found.append((service, checks))
    return found


def _passes(checks: list[dict[str, Any]]) -> bool:
    return all(check.get("Status") == "passing" for check in checks)


@CATEGORY.check(
    "consul.node",
    "every Consul node passes serfHealth",
    "consul",
    twin=patch("consul", "/v1/health/state/any", set={"0.Status": "critical"}),
)
async def node(ask: Ask, id: str = "consul") -> str:
    found = [check for check in await _checks(ask, id) if check.get("CheckID") == "serfHealth"]
    ask.expect(bool(found), "a health check of each node", "none")
    sick = [f"{check.get('Node')} {check.get('Status')}" for check in found if not _passes([check])]
    ask.expect(not sick, "every node passing", ", ".join(sick))
    return f"{plural(len(found), 'node')} passing"


@CATEGORY.check(
    "consul.registered",
    "backend and bridge are in the catalog with their tags",
    "consul",
    twin=patch("consul", "/v1/catalog/services", remove=["sutazai-backend"]),
    covers=("rck-14",),
)
async def registered(ask: Ask) -> str:
    answer = await ask.get("consul", CATALOG)
    if not ask.as_json(answer) or is_filtered(answer):
        await _must_be_shown(ask, answer)
    found = ask.as_object(answer)
    missing = [name for name in REGISTERED if not found.get(name)]
    if missing:
        await _must_be_shown(ask)
    ask.expect("consul" in found, "Consul itself in its catalog", ", ".join(found))
    ask.expect(
        not missing,
        f"{' and '.join(REGISTERED)} with tags",
        f"not there or without tags: {', '.join(missing)}; they register when they start: restart them",
    )
    tags = {name: reading.texts(found[name], f"tags of {name}") for name in REGISTERED}
    other = [f"{name}: {' '.join(words)}" for name, words in tags.items() if {*REGISTERED[name]} - {*words}]
    ask.expect(
        not other, "; ".join(f"{name}: {' '.join(REGISTERED[name])}" for name in REGISTERED), "; ".join(other)
    )
    return ", ".join(f"{name} ({' '.join(words)})" for name, words in tags.items())


@CATEGORY.check(
    "consul.backend",
    "a lookup of the backend returns a passing instance",
    "consul",
    twin=trait(consul_critical=("sutazai-backend",)),
    covers=("mcp-22",),
)
async def backend(ask: Ask) -> str:
    found = await instances(ask, "sutazai-backend", passing="true")
    ask.expect(bool(found), "at least one passing instance of sutazai-backend", "none")
    ports = [reading.whole(service.get("Port"), "a port", 1, 65_535) for service, _ in found]
    lost = [str(service.get("ID")) for service, _ in found if not service.get("Address")]
    # Whoever looks it up is told the address of Consul's node in its place.
    ask.expect(not lost, "an address of each", f"none of {', '.join(lost)}: clients go to Consul's own node")
    return f"{len(found)} passing, port {', '.join(map(str, ports))}"


@CATEGORY.check(
    "consul.dead",
    "no stale registrations: no service has passing and failing instances",
    "consul",
    twin=trait(consul_dead_entries=True),
)
async def dead(ask: Ask) -> str:
    services = await registered_services(ask)
    ask.expect(bool(services), "registered services with checks", "none: has anybody registered?")
    return none_dead(ask, services)


def none_dead(ask: Ask, services: Services) -> str:
    """Of no service some instances pass and some do not: those are left over."""
    found = [
        instance
        for instances in services.values()
        if any(_passes(checks) for checks in instances.values())
        for instance, checks in instances.items()
        if not _passes(checks)
    ]
    ask.expect(
        not found,
        "no instance that is gone",
        f"{len(found)} left over from containers that were replaced: {', '.join(found)}; deregister them",
    )
    return f"{sum(map(len, services.values()))} instances of {len(services)} services, none dead"


async def _answers(ask: Ask, id: str, path: str) -> bool:
    """Whether a service answers at its own port; a source's failure says no."""
    try:
        answer = await ask.get(id, path)
    except SourceError:
        return False
    return answer.status == 200


async def _seen(ask: Ask) -> list[tuple[str, bool, bool]]:
    """What Consul says of each service that we know (passing or not) and what its port says."""
    ours = {service.id for service in ask.config.services}
    said = {
        name: any(_passes(checks) for checks in instances.values())
        for name, instances in (await registered_services(ask)).items()
        if name in KNOWN and KNOWN[name][0] in ours
    }
    if not said:
        await _must_be_shown(ask)
    ask.expect(bool(said), f"{' or '.join(REGISTERED)} with a health check", "neither is registered")
    return [(name, passing, await _answers(ask, *KNOWN[name])) for name, passing in said.items()]


@CATEGORY.check(
    "consul.critical",
    "no service is critical in Consul while its port answers",
    "consul",
    twin=trait(consul_critical=("mcp-bridge",)),
    follows="mcp.consul",
)
async def critical(ask: Ask) -> str:
    seen = await _seen(ask)
    wrong = [name for name, passing, answers in seen if answers and not passing]
    ask.expect(
        not wrong,
        "Consul and the ports agree",
        f"critical in Consul, but answering: {', '.join(wrong)}; is its check's address one of the checked container?",
    )
    return f"{len(seen)} services agree"


@CATEGORY.check(
    "consul.passing",
    "no service passes in Consul while its port does not answer",
    "consul",
    twin=Twin(
        faults={"mcp-bridge": "refuse"},
        patches=({"endpoint": "consul", "path": "/v1/health/state/any", "set": {"1.Status": "passing"}},),
    ),
)
async def passing(ask: Ask) -> str:
    seen = await _seen(ask)
    wrong = [name for name, passing, answers in seen if passing and not answers]
    ask.expect(not wrong, "Consul and the ports agree", f"passing in Consul, but silent: {', '.join(wrong)}")
    return f"{len(seen)} services agree"


@CATEGORY.check(
    "consul.keys",
    "the KV store is readable, from a server with a leader",
    "consul",
    twin=patch("consul", "/v1/kv/", headers={"x-consul-knownleader": "false"}),
    covers=("rck-15",),
)
async def keys(ask: Ask) -> str:
    answer = await ask.get("consul", "/v1/kv/", params={"keys": "true"})
    # An empty store answers 404 with Consul's own headers; a 404 of anybody else has none.
    if answer.status != 404:
        ask.expect(all(isinstance(key, str) for key in ask.as_list(answer)), "a list of keys", answer.text())
    hidden = answer.headers.get("x-consul-results-filtered-by-acls") == "true"
    ask.expect(not hidden, "keys that its ACLs let us see", "some or all are hidden by ACLs; set a token")
    known = answer.headers.get("x-consul-knownleader")
    ask.expect(
        known == "true" and "x-consul-index" in answer.headers,
        "a list of keys, or none, from a server with a leader",
        f"{answer.status}, known leader {known}: {one_line(answer.text(), 80)}",
    )
    return "no keys" if answer.status == 404 else f"{len(answer.json())} keys"


@CATEGORY.check(
    "consul.kv-round-trip",
    "a KV write is read back",
    "consul",
    twin=trait(consul_keeps_values=False),
    check_class=CheckClass.WRITES,
    sends="one key sutaztui-round-trip, which is deleted again",
)
async def kv_round_trip(ask: Ask) -> str:
    value = f"{secrets.token_hex(8)} größer 語".encode()

    async def remove() -> None:
        ask.status(await ask.request("DELETE", "consul", KEY), 200)

    ask.afterwards("Consul's key sutaztui-round-trip", remove)
    written = ask.as_json(await ask.request("PUT", "consul", KEY, content=value))
    ask.expect(written is True, "the write taken: true", written)
    answer = await ask.get("consul", KEY, params={"raw": "true"})
    if answer.status == 404:
        raise Wrong("the value that was written", "404: the key is not there")
    ask.status(answer, 200)
    ask.expect(answer.body == value, "the value that was written", one_line(answer.text(), 40))
    return "written, read, deleted"
