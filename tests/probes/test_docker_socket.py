"""The socket of Docker: missing, closed to us, and that of a real Podman."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.model import Answer, ChangeKind, Status
from tests.loopback import probing, reading, until
from tests.probes.docker_engine import LETTA, REDIS, ask, of
from tests.servers.podman import Podman


async def test_docker_whose_socket_file_is_missing_says_nothing_of_its_containers(tmp_path: Path) -> None:
    url = f"unix://{tmp_path / 'none.sock'}"
    answer = await ask(of(url, REDIS))
    found = answer.readings[0]
    assert found.status is Status.UNKNOWN and found.summary.endswith("none.sock is missing")
    assert not answer.claims
    found = (await ask(of(url, optional=True))).readings[0]
    assert (found.status, found.error) == (Status.ABSENT, None)


@pytest.fixture
def closed_socket(tmp_path: Path) -> Iterator[Path]:
    """A socket that listens and that this process may not open."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)
        user = os.geteuid()
        if user == 0:
            # root may open anything.
            for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
                folder.chmod(0o755)
            os.seteuid(65534)
        try:
            yield path
        finally:
            os.seteuid(user)


async def test_a_socket_that_we_may_not_open(closed_socket: Path) -> None:
    found = (await ask(of(f"unix://{closed_socket}", optional=True))).readings[0]
    assert (found.status, found.word, found.backs_off) == (Status.UNKNOWN, "denied", True)
    assert found.error is not None and "add this user to the group docker" in found.error


async def test_a_real_podman(podman: Podman) -> None:
    await asyncio.to_thread(podman.run_container, "stack-redis", "sleep 1000", "--memory", "64m")
    await asyncio.to_thread(podman.run_container, "stack-letta", "exit 3")
    async with probing(of(f"unix://{podman.socket_path}", REDIS, LETTA, timeout=5.0)) as probe:
        last: list[Answer] = []

        async def is_whole() -> bool:
            last[:] = [await probe.ask()]
            claims = {claim.service_id: claim for claim in last[0].claims}
            return "exited, exit 3" in claims["letta"].words and "memory" in claims["redis"].facts

        await until(is_whole, within=20.0)
        claims = {claim.service_id: claim for claim in last[0].claims}
        assert last[0].readings[0].summary.startswith("Podman ")
        assert last[0].readings[0].summary.endswith("1 of 2 running, exited: stack-letta")
        assert (claims["redis"].status, claims["redis"].words) == (Status.UP, "Docker says running")
        assert claims["redis"].facts["memory_limit"] == 64 * 1024 * 1024
        assert 0 < int(claims["redis"].facts["memory"]) < 64 * 1024 * 1024
        assert (claims["letta"].status, claims["letta"].words) == (Status.DOWN, "Docker says exited, exit 3")

        told: list[str] = []

        async def is_told() -> bool:
            told.extend(
                change.words for change in (await probe.ask()).changes if change.kind is ChangeKind.RESTART
            )
            return bool(told)

        await asyncio.to_thread(podman.podman, "restart", "--time", "0", "stack-redis")
        await until(is_told, within=20.0)
        assert told == ["container restarted"]

        async def has_ended() -> bool:
            return any(
                claim.words == "Docker says exited, exit 137 (killed)" for claim in (await probe.ask()).claims
            )

        told.clear()
        await asyncio.to_thread(podman.podman, "kill", "stack-redis")
        await until(has_ended, within=20.0)
        await asyncio.to_thread(podman.podman, "start", "stack-redis")
        await until(is_told, within=20.0)
        assert told == ["container restarted (exit 137)"]


async def test_a_real_podman_stopped_paused_and_back(podman: Podman) -> None:
    async with probing(of(f"unix://{podman.socket_path}", timeout=1.0)) as probe:
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(podman.pause)
        hung = await reading(probe)
        assert (hung.status, hung.backs_off) == (Status.UNKNOWN, True)
        await asyncio.to_thread(podman.resume)
        await asyncio.to_thread(podman.stop)
        assert (await reading(probe)).status is Status.UNKNOWN
        await asyncio.to_thread(podman.start)
        assert (await reading(probe)).status is Status.UP
