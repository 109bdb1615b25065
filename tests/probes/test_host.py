"""The `host` kind: a real node exporter, /proc, and what is neither."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Host, Tcp
from sutaz_tui.config.schema import Source
from sutaz_tui.engine.since import own_start
from sutaz_tui.model import Reading, Status
from sutaz_tui.probes.host import from_exposition, on_loopback
from sutaz_tui.sources.host import CpuTimes
from tests.hostile import BYTES
from tests.loopback import configured, probing, reading, until
from tests.servers.node_exporter import NodeExporter
from tests.servers.waiting import patient
from tests.web import Reply, Web

# An address of a network that is for documentation only: nobody is asked there.
ELSEWHERE = Tcp(id="far", address="192.0.2.1:80")

METRICS = """\
node_cpu_seconds_total{cpu="0",mode="idle"} %s
node_cpu_seconds_total{cpu="0",mode="iowait"} 10
node_cpu_seconds_total{cpu="0",mode="user"} %s
node_cpu_seconds_total{cpu="0",mode="guest"} 5000
node_memory_MemTotal_bytes 1000
node_memory_MemAvailable_bytes %s
node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1000
node_filesystem_free_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 400
node_filesystem_avail_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 300
node_filesystem_size_bytes{device="/dev/sdb1",fstype="ext4",mountpoint="/data"} 7
node_load1 1.5
"""


def of(
    address: str,
    *others: Tcp,
    timeout: float = 2.0,
    cpu: float = 101.0,
    memory: float = 101.0,
    disk: float = 101.0,
) -> Config:
    # This machine's own load must not decide a test.
    limit = patient(timeout)
    entry = Host(
        id="host", title="Host", address=address, timeout=limit, interval=60.0, warn=0.95 * limit,
        warn_cpu=cpu, warn_memory=memory, warn_disk=disk,
    )  # fmt: skip
    return configured(entry, *others)


def metrics(idle: float, user: float, available: float = 600.0) -> Reply:
    return Reply(body=METRICS % (idle, user, available))


async def ask(config: Config) -> Reading:
    async with probing(config) as probe:
        return await reading(probe)


async def test_cpu_is_what_changed_between_two_asks(web: Web) -> None:
    async with probing(of(web.url)) as probe:
        web.routes = {"/metrics": metrics(100.0, 100.0)}
        first = await reading(probe)
        assert (first.status, first.summary) == (Status.UP, "memory 40% disk 67%")
        assert first.facts == {"memory": 40.0, "disk": 66.7, "load1": 1.5, "from": "node exporter"}
        web.routes = {"/metrics": metrics(130.0, 110.0)}
        second = await reading(probe)
        assert (second.facts["cpu"], second.summary) == (25.0, "cpu 25% memory 40% disk 67%")
        # The exporter's machine was started again: counters fell.
        web.routes = {"/metrics": metrics(1.0, 1.0)}
        assert "cpu" not in (await reading(probe)).facts


@pytest.mark.parametrize(
    ("limits", "word", "words"),
    [
        (
            (101.0, 40.0, 101.0),
            "mem",
            "memory 40%, warns at 40%; look for what takes it, or raise warn_memory",
        ),
        (
            (101.0, 101.0, 60.0),
            "disk",
            "disk 66.7%, warns at 60%; look for what takes it, or raise warn_disk",
        ),
        ((25.0, 40.1, 101.0), "cpu", "cpu 25%, warns at 25%; look for what takes it, or raise warn_cpu"),
        (
            (25.1, 40.0, 66.0),
            "mem",
            "memory 40%, warns at 40%, disk 66.7%, warns at 66%; look for what takes it, or raise warn_memory",
        ),
    ],
)
async def test_limits_degrade(web: Web, limits: tuple[float, float, float], word: str, words: str) -> None:
    cpu, memory, disk = limits
    async with probing(of(web.url, cpu=cpu, memory=memory, disk=disk)) as probe:
        web.routes = {"/metrics": metrics(100.0, 100.0)}
        await reading(probe)
        web.routes = {"/metrics": metrics(130.0, 110.0)}
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, word)
    assert found.summary == "cpu 25% memory 40% disk 67%"
    assert found.error == f"Host: {words}"


NOT_AN_EXPORTER = [
    Reply(404, "no"), Reply(200, b""), Reply(200, b"<html>"), Reply(200, "up 1\n"), Reply(behave="endless"),
    Reply(behave="reset"), Reply(behave="silent"), Reply(behave="raw", body=b"x\n"),
]  # fmt: skip


@pytest.mark.parametrize("reply", NOT_AN_EXPORTER)
async def test_without_its_exporter_proc_tells_of_this_machine(web: Web, reply: Reply) -> None:
    web.routes = {"/metrics": reply}
    found = await ask(of(web.url, timeout=1.0))
    assert (found.status, found.facts["from"]) == (Status.UP, "/proc")
    assert {"cpu", "memory", "disk", "load1"} <= found.facts.keys()
    assert "; node exporter: " in found.summary


@pytest.mark.parametrize("reply", NOT_AN_EXPORTER)
async def test_without_its_exporter_another_machine_is_unknown(web: Web, reply: Reply) -> None:
    web.routes = {"/metrics": reply}
    found = await ask(of(web.url, ELSEWHERE, timeout=0.7))
    assert found.status is Status.UNKNOWN
    assert found.error is not None and "nothing is known without its node exporter" in found.error


async def test_without_an_address() -> None:
    found = await ask(of(""))
    assert found.status is Status.UP and found.latency is None
    assert all(0.0 <= float(found.facts[name]) <= 100.0 for name in ("cpu", "memory", "disk"))
    found = await ask(of("", ELSEWHERE))
    assert (found.status, found.word) == (Status.UNKNOWN, "?")
    assert found.error == "Host: set the address of its node exporter: it is not this machine"


async def test_a_tenth_of_a_second_of_cpu_is_shown_and_not_judged() -> None:
    async with probing(of("", cpu=0.0)) as probe:
        first = await reading(probe)
        assert (first.status, "cpu" in first.facts) == (Status.UP, True)
        second = await reading(probe)
        while "cpu" not in second.facts:
            # No tick of the clock has passed yet.
            second = await reading(probe)
        assert (second.status, second.word) == (Status.DEGRADED, "cpu")


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies(web: Web, name: str) -> None:
    web.routes = {"/metrics": Reply(body=BYTES[name])}
    found = await ask(of(web.url, ELSEWHERE))
    assert found.status is Status.UNKNOWN and found.summary.isprintable()


def test_numbers_that_are_none() -> None:
    text = METRICS % ("NaN", "+Inf", "-5")
    figures = from_exposition(text.encode())
    assert figures is not None and figures.cpu == CpuTimes(10.0, 10.0)
    assert (figures.memory, figures.odd) == (None, ("-5 of 1000 memory available",))
    zero = from_exposition(
        b"node_memory_MemTotal_bytes 0\nnode_memory_MemAvailable_bytes 0\nnode_load1 NaN\n"
    )
    assert zero is not None and (zero.memory, zero.disk, zero.load1, zero.cpu) == (None, None, None, None)
    assert from_exposition(b"up 1\n") is None


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ("node_memory_MemTotal_bytes -637700138\nnode_memory_MemAvailable_bytes 5", "5 of -6.377e+08 memory"),
        ("node_memory_MemTotal_bytes 5\nnode_memory_MemAvailable_bytes 50", "50 of 5 memory available"),
        ("node_memory_MemTotal_bytes NaN\nnode_memory_MemAvailable_bytes 50", "50 of nan memory available"),
        (
            'node_filesystem_size_bytes{mountpoint="/"} 10\nnode_filesystem_free_bytes{mountpoint="/"} -4\n'
            'node_filesystem_avail_bytes{mountpoint="/"} 4',
            "-4 of 10 B of disk free, 4 for users",
        ),
    ],
)
async def test_a_figure_that_cannot_be_is_not_up(web: Web, figures: str, words: str) -> None:
    web.routes = {"/metrics": Reply(body=f"{figures}\n".encode())}
    found = await ask(of(web.url, ELSEWHERE))
    assert (found.status, found.word) == (Status.DEGRADED, "figures")
    assert found.summary.startswith(f"reports impossible values: {words}")


async def test_an_exporter_that_tells_nothing_to_judge_by_is_unknown(web: Web) -> None:
    web.routes = {"/metrics": Reply(body=b"node_load1 1.5\n")}
    found = await ask(of(web.url, ELSEWHERE))
    assert found.status is Status.UNKNOWN
    assert "reports neither memory nor disk" in found.summary


def test_an_exporter_in_a_container_and_of_an_old_kernel() -> None:
    figures = from_exposition(
        b"node_memory_MemTotal_bytes 100\nnode_memory_MemFree_bytes 20\nnode_memory_Buffers_bytes 5\n"
        b'node_memory_Cached_bytes 15\nnode_filesystem_size_bytes{mountpoint="/rootfs"} 100\n'
        b'node_filesystem_free_bytes{mountpoint="/rootfs"} 25\nnode_filesystem_avail_bytes{mountpoint="/rootfs"} 25\n'
        b'node_filesystem_size_bytes{mountpoint="/etc/hosts"} 7\n'
    )
    assert figures is not None
    assert (figures.memory, figures.disk, figures.odd) == (60.0, 75.0, ())


def test_which_stacks_are_on_this_machine() -> None:
    here = of("http://127.0.0.1:1", Tcp(id="a", address="localhost:1"), Tcp(id="b", address="[::1]:80"))
    assert on_loopback(here)
    assert not on_loopback(of("http://127.0.0.1:1", ELSEWHERE))
    docker = Source(url="unix:///var/run/docker.sock")
    assert on_loopback(replace(here, sources={"d": docker}))
    assert not on_loopback(replace(here, sources={"d": docker, "p": Source(url="http://prometheus:9090")}))


async def test_both_its_exporter_and_proc_say_since_when_this_machine_runs(
    node_exporter: NodeExporter,
) -> None:
    booted = datetime.now(UTC) - timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
    for address, whence in ((node_exporter.url, "node exporter"), ("", "/proc")):
        found = await ask(of(address))
        started = own_start(found.facts, found.at)
        assert found.facts["from"] == whence and started is not None
        assert abs(started - booted) < timedelta(seconds=5), whence


async def test_a_real_exporter_stopped_paused_and_back(node_exporter: NodeExporter) -> None:
    async with probing(of(node_exporter.url, ELSEWHERE)) as probe:
        first = await reading(probe)
        assert (first.status, first.facts["from"]) == (Status.UP, "node exporter")
        assert {"memory", "load1"} <= first.facts.keys()

        async def has_cpu() -> bool:
            return "cpu" in (await reading(probe)).facts

        await until(has_cpu)
        await asyncio.to_thread(node_exporter.pause)
        assert (await reading(probe)).status is Status.UNKNOWN
        await asyncio.to_thread(node_exporter.resume)
        await asyncio.to_thread(node_exporter.stop)
        assert (await reading(probe)).summary.startswith(f":{node_exporter.port} refused")
        await asyncio.to_thread(node_exporter.start)
        assert (await reading(probe)).status is Status.UP
