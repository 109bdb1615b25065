"""The Engine API's client: what it reads out of Docker's words, and how it counts memory."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sutaz_tui.config.schema import Source
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import DockerApi, docker_api
from tests.loopback import configured
from tests.web import Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


@pytest.fixture
async def api(web: Web) -> AsyncIterator[DockerApi]:
    clients = Clients(configured(sources={"d": Source(url=web.url)}))
    try:
        yield docker_api(clients, "d", "Docker")
    finally:
        await clients.aclose()


@pytest.mark.parametrize(
    ("status", "uptime", "health", "code"),
    [
        ("Up Less than a second", (0, 1), "", None),
        ("Up 1 second", (1, 2), "", None),
        ("Up About a minute (healthy)", (60, 120), "healthy", None),
        ("Up 4 minutes (unhealthy)", (240, 300), "unhealthy", None),
        ("Up 5 seconds (health: starting)", (5, 6), "starting", None),
        ("Up About an hour", (1800, 7200), "", None),
        ("Up 3 weeks", (1814400, 2419200), "", None),
        ("Up 4 minutes (Paused)", (240, 300), "", None),
        ("Exited (137) 4 minutes ago", None, "", 137),
        ("Exited (-1) 4 minutes ago", None, "", -1),
        ("Restarting (1) 5 seconds ago", None, "", 1),
        ("Created", None, "", None),
        ("", None, "", None),
        (None, None, "", None),
        ("Up 99999 minutes", None, "", None),
    ],
)
async def test_the_words_of_a_status(
    web: Web, api: DockerApi, status: str | None, uptime: Any, health: str, code: int | None
) -> None:
    web.answers(200, [{"Id": "abc", "Names": None, "State": "Running", "Status": status}])
    found = (await api.engine(1.0)).containers[0]
    assert (found.names, found.state) == ((), "running")
    assert (found.uptime, found.health, found.exit_code) == (uptime, health, code)


@pytest.mark.parametrize(
    ("more", "ports", "compose_service"),
    [
        ({"Ports": [{"PrivatePort": 8000, "PublicPort": 10200, "Type": "tcp"}]}, {10200}, ""),
        ({"Ports": [{"PrivatePort": 8000}, {"PublicPort": 0}, {"PublicPort": "10200"}, None]}, set(), ""),
        ({"Ports": None, "Labels": {"com.docker.compose.service": "back\x1bend"}}, set(), "back␛end"),
        ({"Ports": {}, "Labels": ["com.docker.compose.service"]}, set(), ""),
    ],
)
async def test_the_hosts_ports_and_the_name_in_the_compose_file(
    web: Web, api: DockerApi, more: dict[str, Any], ports: set[int], compose_service: str
) -> None:
    web.answers(200, [{"Id": "abc", "Names": None, "State": "Running", **more}])
    found = (await api.engine(1.0)).containers[0]
    assert (found.ports, found.compose_service) == (ports, compose_service)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("Docker/27.3.1 (linux)", "Docker 27.3.1"),
        ("Libpod/4.3.1 (linux)", "Podman 4.3.1"),
        ("nginx", "nginx"),
        ("", ""),
    ],
)
async def test_who_answers(web: Web, api: DockerApi, server: str, words: str) -> None:
    web.answers(200, [], Server=server)
    assert (await api.engine(1.0)).version == words


@pytest.mark.parametrize(
    ("stats", "used"),
    [
        ({"usage": 50, "stats": {"inactive_file": 20}}, 30),
        ({"usage": 50, "stats": {"total_inactive_file": 10, "inactive_file": 20}}, 40),
        ({"usage": 50}, 50),
        ({"usage": 5, "stats": {"inactive_file": 20}}, 0),
        ({}, None),
    ],
)
async def test_memory_is_counted_as_docker_stats_does(
    web: Web, api: DockerApi, stats: object, used: int | None
) -> None:
    web.answers(200, {"memory_stats": stats})
    assert (await api.usage("abc", 1.0)).memory == used
    assert web.asked == ["GET /containers/abc/stats?stream=false&one-shot=1"]


async def test_a_container_that_has_gone(web: Web, api: DockerApi) -> None:
    web.answers(404, {"message": "no such container"})
    assert await api.inspect("abc", 1.0) is None
    assert (await api.usage("abc", 1.0)).memory is None
