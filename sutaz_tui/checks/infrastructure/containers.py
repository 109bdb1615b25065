"""The containers as Docker keeps them and cAdvisor measures them."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, fault, patch, trait
from sutaz_tui.sources.alerts import moment
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of

CATEGORY = Category("infrastructure")

CROWDED = 0.9
BUSY = 0.9
INSPECTED_AT_ONCE = 4
MOST_CORES = 4096
OLDEST = 10 * 365 * 86_400.0
RESTARTS_BY_ITSELF = ("always", "unless-stopped")
"""Restart policies of Docker's that bring a container back; `on-failure` does so after a crash, not after a reboot."""
STARTS_FOR_HOURS = re.compile(r"Up (?:About an? |\d+ )(?:hour|day|week|month|year)s? \(health: starting\)")

LISTED = "/containers/json"


def expected(ask: Ask) -> dict[str, bool]:
    """Names of the containers that the config's services run in, and whether each may be missing."""
    return {service.container: service.optional for service in ask.config.services if service.container}


async def listed(ask: Ask) -> dict[str, dict[str, Any]]:
    """Docker's entries of our containers, by name."""
    wanted = expected(ask)
    found = {}
    entries = ask.as_list(await ask.get("docker", LISTED, params={"all": 1}))
    for entry in reading.objects(entries, "containers"):
        for name in entry.get("Names") or ():
            if (bare := str(name).removeprefix("/")) in wanted:
                found[bare] = entry
    ask.expect(bool(found), "the stack's containers", "none of them")
    return found


async def pages(ask: Ask) -> dict[str, dict[str, Any]]:
    """Docker's own page of each of our containers, by name."""
    slots = asyncio.Semaphore(INSPECTED_AT_ONCE)

    async def page(name: str) -> dict[str, Any]:
        async with slots:
            return await ask.body("docker", f"/containers/{name}/json")

    names = list(await listed(ask))
    return dict(zip(names, await asyncio.gather(*map(page, names)), strict=True))


def some(names: Iterable[str]) -> str:
    """The first names of many."""
    return first_of(sorted(names), 5)


@CATEGORY.check(
    "docker.itself",
    "the container engine answers with its version",
    "docker",
    twin=patch("docker", "/version", remove=["ApiVersion"]),
)
async def docker(ask: Ask, id: str = "docker") -> str:
    body = await ask.body(id, "/version")
    for key in ("Version", "ApiVersion"):
        reading.version(body.get(key), key)
    return f"version {body['Version']}, API {body['ApiVersion']}"


@CATEGORY.check(
    "docker.running",
    "every container of the stack is running",
    "docker",
    twin=fault(faiss="refuse"),
)
async def running(ask: Ask) -> str:
    found = await listed(ask)
    wanted = expected(ask)
    missing = [f"{name} missing" for name, optional in wanted.items() if name not in found and not optional]
    ended = [
        f"{name} {entry.get('State')}" for name, entry in found.items() if entry.get("State") != "running"
    ]
    troubles = missing + ended
    ask.expect(
        not troubles,
        f"{len(found) + len(missing)} containers running",
        f"{len(troubles)} not: {some(troubles)}",
    )
    return f"{len(found)} running"


@CATEGORY.check(
    "docker.healthy",
    "no container fails its own health check",
    "docker",
    twin=trait(unhealthy_containers=["sutazai-neo4j"]),
)
async def healthy(ask: Ask) -> str:
    found = await listed(ask)
    sick = [name for name, entry in found.items() if "(unhealthy)" in str(entry.get("Status"))]
    well = sum("(healthy)" in str(entry.get("Status")) for entry in found.values())
    ask.expect(not sick, "none unhealthy", f"{some(sick)} unhealthy")
    never = [name for name, entry in found.items() if STARTS_FOR_HOURS.search(str(entry.get("Status")))]
    ask.expect(not never, "none that starts for hours", f"{some(never)}: the health check has never passed")
    ask.expect(well > 0, "health checks that report healthy", "none that reports")
    return f"{well} of {len(found)} containers have a health check, all pass"


@CATEGORY.check(
    "docker.restarts",
    "no container is restarting",
    "docker",
    twin=trait(restarting_containers=["sutazai-crewai"]),
)
async def restarts(ask: Ask) -> str:
    found = await listed(ask)
    again = [name for name, entry in found.items() if entry.get("State") in ("restarting", "dead")]
    ask.expect(not again, "none restarting", f"{some(again)}: look at its log")
    return f"none of {len(found)}"


@CATEGORY.check(
    "docker.memory-kills",
    "no container was OOM-killed",
    "docker",
    twin=trait(oom_killed_containers=["sutazai-letta"]),
)
async def memory_kills(ask: Ask) -> str:
    killed = []
    found = await pages(ask)
    for name, page in found.items():
        state = page.get("State")
        ask.expect(isinstance(state, dict) and "OOMKilled" in state, f"the state of {name}", sorted(page))
        killed += [name] if page["State"]["OOMKilled"] else []
    ask.expect(not killed, "none killed", f"{some(killed)}: give it more memory")
    return f"none of {len(found)}"


@CATEGORY.check(
    "docker.restart-policy",
    "every container has a restart policy",
    "docker",
    twin=trait(containers_left_dead=["sutazai-faiss"]),
    covers=("inf-21",),
)
async def restart_policy(ask: Ask) -> str:
    without = []
    found = await pages(ask)
    for name, page in found.items():
        policy = ((page.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name")
        without += [f"{name} ({policy or 'no'})"] if policy not in RESTARTS_BY_ITSELF else []
    ask.expect(not without, "a restart policy for each", f"none for {some(without)}")
    return f"{len(found)} of {len(found)}"


@CATEGORY.check(
    "promtail.running",
    "Promtail's container is running",
    "promtail",
    "docker",
    twin=trait(promtail_runs=False),
    covers=("inf-14",),
)
async def promtail(ask: Ask) -> str:
    name = ask.service("promtail").container
    state = (await ask.body("docker", f"/containers/{name}/json")).get("State")
    ask.expect(isinstance(state, dict), f"the state of {name}", state)
    assert isinstance(state, dict)
    ask.expect(
        state.get("Status") == "running", "running", f"{state.get('Status')}, exit {state.get('ExitCode')}"
    )
    started = moment(state.get("StartedAt"))
    if started is None:
        raise Wrong("when it started", one_line(str(state.get("StartedAt")), 60))
    reading.age(started.timestamp(), OLDEST, "a start")
    return f"running since {started.astimezone():%Y-%m-%d %H:%M:%S}"


@CATEGORY.check(
    "cadvisor.memory",
    f"every container uses less than {CROWDED:.0%} of its memory limit",
    "prometheus",
    "cadvisor",
    twin=trait(crowded_containers=["sutazai-backend"]),
    covers=("inf-19",),
)
async def memory(ask: Ask) -> str:
    used = await _by_name(ask, 'container_memory_working_set_bytes{name=~"sutazai-.+"}')
    limits = await _by_name(ask, 'container_spec_memory_limit_bytes{name=~"sutazai-.+"}')
    shares = {name: size / limits[name] for name, size in used.items() if limits.get(name, 0) > 0}
    ask.expect(
        bool(shares), "containers with a memory limit", f"{len(used)} containers, {len(limits)} limits"
    )
    crowded = [f"{name} {share:.0%}" for name, share in shares.items() if share >= CROWDED]
    ask.expect(not crowded, f"each below {CROWDED:.0%}", some(crowded))
    fullest = max(shares, key=lambda name: shares[name])
    return f"{len(shares)} containers, the fullest {fullest} at {shares[fullest]:.0%}"


@CATEGORY.check(
    "cadvisor.cpu",
    f"no container uses {BUSY:.0%} of all cores",
    "prometheus",
    "cadvisor",
    twin=trait(busy_containers=["sutazai-ollama"]),
    covers=("inf-20",),
)
async def cpu(ask: Ask) -> str:
    cores = (await ask.body("cadvisor", "/api/v1.3/machine")).get("num_cores")
    cores = reading.whole(cores, "num_cores", 1, MOST_CORES)
    rates = await _by_name(
        ask, 'sum by (name) (rate(container_cpu_usage_seconds_total{name=~"sutazai-.+"}[5m]))'
    )
    ask.expect(bool(rates), "the CPU time of containers", "none")
    busy = [f"{name} {rate:.1f} of {cores} cores" for name, rate in rates.items() if rate >= BUSY * cores]
    ask.expect(not busy, f"each below {BUSY:.0%} of {cores} cores", some(busy))
    busiest = max(rates, key=lambda name: rates[name])
    return f"{len(rates)} containers, the busiest {busiest} with {rates[busiest]:.2f} of {cores} cores"


async def _by_name(ask: Ask, query: str) -> dict[str, float]:
    return {
        sample.labels["name"]: sample.value for sample in await ask.promql(query) if "name" in sample.labels
    }
