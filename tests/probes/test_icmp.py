"""The `icmp` kind, by the kernel's own ping sockets where the test may open them to its group."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.config.kinds import Icmp
from sutaz_tui.model import Reading, Status
from tests.loopback import configured, probing, reading

pytestmark = pytest.mark.xdist_group("podman")
"""They set what the whole machine has once, and so does a container that Podman starts."""
RANGE = Path("/proc/sys/net/ipv4/ping_group_range")


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """No other run of these tests on this machine meanwhile."""
    with RANGE.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture
def pings() -> Iterator[None]:
    """Ping sockets open to our group, as they are by default where systemd set the host up."""
    before = RANGE.read_text()
    try:
        RANGE.write_text(f"{os.getgid()} {os.getgid()}")
    except OSError as error:
        pytest.skip(f"the test may not set ping_group_range: {error}")
    yield
    RANGE.write_text(before)


@pytest.fixture
def no_pings() -> Iterator[None]:
    """Ping sockets closed to everybody, the kernel's default."""
    before = RANGE.read_text()
    try:
        RANGE.write_text("1 0")
    except OSError as error:
        pytest.skip(f"the test may not set ping_group_range: {error}")
    yield
    RANGE.write_text(before)


async def read(address: str) -> Reading:
    entry = Icmp(id="host", title="Host", address=address, timeout=2.0, interval=60.0)
    async with probing(configured(entry)) as probe:
        return await reading(probe)


@pytest.mark.usefixtures("pings")
@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "127.9.9.9"])
async def test_a_host_that_answers_is_up(address: str) -> None:
    found = await read(address)
    assert (found.status, found.summary) == (Status.UP, "answers pings"), found.error
    assert found.steps[0].reproduce == f"ping -c 1 -W 5 {address}"


@pytest.mark.usefixtures("pings")
async def test_a_host_that_is_not_there_is_not_up() -> None:
    # Of class E: nobody answers, or no network leads there.
    assert (await read("240.0.0.1")).status in (Status.DOWN, Status.UNKNOWN)


@pytest.mark.usefixtures("no_pings")
async def test_a_user_that_may_not_ping_is_told_what_opens_it() -> None:
    found = await read("127.0.0.1")
    assert found.status is Status.UNKNOWN
    assert "sysctl -w net.ipv4.ping_group_range=" in found.summary
