"""Any Docker: all of its containers, whether the config names them or not; and any container that the config names."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.by_kind.base import HEALTHY, Kind
from sutaz_tui.checks.infrastructure.containers import INSPECTED_AT_ONCE, LISTED, docker, some
from sutaz_tui.config.kinds import Container
from sutaz_tui.sources.alerts import moment
from sutaz_tui.sources.docker import COMPOSE

KIND = Kind("docker")
CONTAINER = Kind("container")
STATES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
RESTARTS, LATELY = 3, 600.0
"""So many restarts, the last of them within so many seconds, are a loop."""


def _docker_of(ask: Ask, id: str) -> str:
    """The service of kind docker that tells of a service: itself, or the one that runs a container."""
    service = ask.service(id)
    return ask.config.dockers[ask.config.docker_of(service)] if isinstance(service, Container) else id


def _is_meant(ask: Ask, id: str, entry: dict[str, Any]) -> bool:
    service = ask.service(id)
    if not isinstance(service, Container):
        return True
    if service.container:
        return f"/{service.container.removeprefix('/')}" in (entry.get("Names") or ())
    labels = entry.get("Labels") or {}
    return (labels.get(f"{COMPOSE}project"), labels.get(f"{COMPOSE}service")) == (
        service.project,
        service.service,
    )


async def _listed(ask: Ask, id: str) -> dict[str, dict[str, Any]]:
    """Docker's entries of the containers that are meant and run or are to run, by name."""
    answer = await ask.get(_docker_of(ask, id), LISTED, params={"all": 1})
    found = reading.objects(ask.as_list(answer), "containers")
    found = [entry for entry in found if _is_meant(ask, id, entry)]
    named = {str((entry.get("Names") or ["?"])[0]).removeprefix("/"): entry for entry in found}
    strange = [name for name, entry in named.items() if entry.get("State") not in STATES]
    ask.expect(bool(named) and not strange, "containers, each with its state", some(strange) or "none")
    return {name: entry for name, entry in named.items() if entry.get("State") not in ("exited", "created")}


async def _pages(ask: Ask, id: str) -> dict[str, dict[str, Any]]:
    slots = asyncio.Semaphore(INSPECTED_AT_ONCE)
    docker, found = _docker_of(ask, id), await _listed(ask, id)

    async def page(entry: dict[str, Any]) -> dict[str, Any]:
        async with slots:
            return await ask.body(docker, f"/containers/{reading.text(entry.get('Id'), 'an Id')}/json")

    return dict(zip(found, await asyncio.gather(*map(page, found.values())), strict=True))


KIND.add("answers", "it answers with its version", docker, patch("docker", "/version", remove=["ApiVersion"]),
         is_identity=True)  # fmt: skip


@KIND.check("health", "no container fails its health check", trait(unhealthy_containers=["sutazai-neo4j"]))
async def health(ask: Ask, id: str) -> str:
    found = await _listed(ask, id)
    sick = [name for name, entry in found.items() if "(unhealthy)" in str(entry.get("Status"))]
    ask.expect(not sick, "none unhealthy", f"{some(sick)} unhealthy")
    well = sum("(healthy)" in str(entry.get("Status")) for entry in found.values())
    return f"{well} of {len(found)} have a health check, none fails"


@KIND.check("restarts", "no container is in a restart loop", trait(restarting_containers=["sutazai-crewai"]))
async def restarts(ask: Ask, id: str) -> str:
    again = []
    found = await _pages(ask, id)
    for name, page in found.items():
        state = page.get("State")
        ask.expect(isinstance(state, dict), f"the state of {name}", sorted(page))
        count = reading.whole(page.get("RestartCount"), f"RestartCount of {name}")
        started = moment(state.get("StartedAt")) if isinstance(state, dict) else None
        is_late = started is not None and (datetime.now(UTC) - started).total_seconds() < LATELY
        if (isinstance(state, dict) and state.get("Restarting")) or (count >= RESTARTS and is_late):
            again.append(f"{name} {count} times")
    ask.expect(not again, "none", f"{some(again)}: look at its log")
    return f"none of {len(found)}"


@KIND.check(
    "limits",
    "every container has a memory limit",
    HEALTHY,  # some of the stack's have none
    healthy=patch("docker", "/containers/*/json", set={"HostConfig.Memory": 268_435_456}),
)
async def limits(ask: Ask, id: str) -> str:
    found = await _pages(ask, id)
    without = []
    for name, page in found.items():
        host = page.get("HostConfig")
        ask.expect(isinstance(host, dict), f"the limits of {name}", sorted(page))
        if isinstance(host, dict) and not reading.whole(host.get("Memory"), f"Memory of {name}", most=2**53):
            without.append(name)
    ask.expect(not without, "a limit for each", f"none for {some(without)}: one leak takes the whole host")
    return f"{len(found)} of {len(found)}"


@KIND.check(
    "latest",
    "no container's image is untagged or latest",
    HEALTHY,  # so it is in the stack
    patch("docker", LISTED, set={"*.Image": "localhost:5000/redis"}),
    healthy=patch("docker", LISTED, set={"*.Image": "localhost:5000/redis:7.4"}),
)
async def latest(ask: Ask, id: str) -> str:
    found = await _listed(ask, id)
    loose = []
    for name, entry in found.items():
        image = reading.text(entry.get("Image"), f"the image of {name}")
        tag = image.rpartition("/")[2].partition(":")[2]
        loose += [f"{name} {image}"] if "@" not in image and tag in ("", "latest") else []
    ask.expect(not loose, "a version each", f"{some(loose)}: another one after the next pull")
    return f"{len(found)} of {len(found)}"


ONE = "sutazai-redis"
"""The container that the prover's service of this kind names."""
OF_ONE = patch("docker", LISTED, set={"*.Image": "localhost:5000/redis:7.4"})

CONTAINER.add(
    "health",
    "its own health check passes",
    health,
    trait(unhealthy_containers=[ONE]),
    is_identity=True,
)
CONTAINER.add("restarts", "it is not in a restart loop", restarts, trait(restarting_containers=[ONE]))
CONTAINER.add("limits", "it has a memory limit", limits,
              patch("docker", "/containers/*/json", set={"HostConfig.Memory": 0}))  # fmt: skip
CONTAINER.add("latest", "its image is not untagged or latest", latest,
              patch("docker", LISTED, set={"*.Image": "localhost:5000/redis"}), healthy=OF_ONE)  # fmt: skip
