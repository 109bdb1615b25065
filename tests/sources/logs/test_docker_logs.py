"""A container's log by the Engine API: the simulated daemon, Podman's real one, and one that misbehaves."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.config.schema import Source
from sutaz_tui.errors import BadAnswer, NotListening
from sutaz_tui.simulator import asgi, docker
from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.scenarios import changed
from sutaz_tui.simulator.world import World
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.docker import docker_api
from sutaz_tui.sources.logs.docker import DockerFeed
from tests.loopback import configured, speaking
from tests.servers.podman import Podman
from tests.sources.logs.followed import Followed, following
from tests.web import Reply, Web, web_server

SECOND = 1_000_000_000
LETTA = "sutazai-letta"
FAR = 1 << 62


@asynccontextmanager
async def feed(url: str, container: str = LETTA, quiet: float = 30.0) -> AsyncIterator[DockerFeed]:
    clients = Clients(configured(sources={"d": Source(url=url)}))
    try:
        yield DockerFeed(
            docker_api(clients, "d", "Docker"), "svc", container, pauses=(0.01, 0.05), quiet=quiet
        )
    finally:
        await clients.aclose()


@asynccontextmanager
async def simulated(world: World, folder: Path, container: str = LETTA) -> AsyncIterator[DockerFeed]:
    root = asgi.Root(world)
    root.apps["docker"] = docker.app(world)
    path = str(folder / "docker.sock")
    server = await asyncio.get_running_loop().create_unix_server(asgi.protocols(root)("docker", "", 75), path)
    try:
        async with feed(f"unix://{path}", container) as made:
            yield made
    finally:
        server.close()


async def test_following_tells_both_streams_through_an_end_and_a_start(tmp_path: Path) -> None:
    world = World("healthy")
    start = int(world.epoch())
    for number in range(3):
        world.logs.container(LETTA, f"line {number}", at=start + number / 4)
    async with simulated(world, tmp_path) as reader, following(reader, start * SECOND) as batches:
        told = Followed(batches)
        assert await told.count(3) == ["line 0", "line 1", "line 2"]
        moments = [start * SECOND + n * SECOND // 4 for n in range(3)]
        assert [line.at for line in told.lines] == pytest.approx(moments, rel=0, abs=1_000)
        world.logs.container(LETTA, "oh no", "stderr", at=start + 1)
        await told.until(lambda: "oh no" in told.texts)
        world.faults.set("letta", Fault("refuse"))
        await told.until(lambda: bool(told.troubles))
        assert told.troubles == [f"container {LETTA} is not running (exited 137); waiting for it"]
        world.logs.container(LETTA, "its last words", at=start + 2)
        world.faults.set("letta", None)
        world.logs.container(LETTA, "and its first", at=start + 3)
        await told.until(lambda: "and its first" in told.texts and told.troubles[-1] == "")
    kept = [
        line for line in told.lines if line.text in ("line 2", "oh no", "its last words", "and its first")
    ]
    assert [line.text for line in kept] == ["line 2", "oh no", "its last words", "and its first"]
    assert [line.labels["stream"] for line in kept] == ["stdout", "stderr", "stdout", "stdout"]
    assert len(told.troubles) == 2
    assert {line.labels["container"] for line in told.lines} == {LETTA}


async def test_pages_of_a_container(tmp_path: Path) -> None:
    world = World("healthy")
    now = int(world.epoch())
    begin = now - 200_000
    for number in range(100):
        world.logs.container(LETTA, f"line {number}", at=begin + number * 100)
    world.traits = changed(world.traits, {"tty_containers": ["letta"]})
    async with simulated(world, tmp_path) as reader:

        async def page(start: int, end: int, limit: int, newest: bool = True) -> tuple[list[int], bool]:
            found = await reader.page(start * SECOND, end * SECOND, limit, newest)
            return [int(line.text[5:]) for line in found.lines], found.is_whole

        assert await page(0, now + 600, 3) == ([97, 98, 99], False)
        assert await page(0, now + 600, 100) == (list(range(100)), False)
        assert await page(0, now + 600, 101) == (list(range(100)), True)
        assert await page(begin + 9_800, now + 600, 50) == ([98, 99], True)
        assert await page(0, begin + 5_000, 3) == ([47, 48, 49], False)
        assert await page(begin + 4_700, begin + 5_000, 3) == ([47, 48, 49], True)
        assert await page(0, begin + 300, 9) == ([0, 1, 2], True)
        assert await page(begin + 300, begin + 900, 4, newest=False) == ([3, 4, 5, 6], False)
        assert await page(begin + 300, begin + 600, 4, newest=False) == ([3, 4, 5], True)
        assert await page(begin + 1, begin + 2, 4) == ([], True)


async def test_a_container_that_is_not_there_or_keeps_no_log(tmp_path: Path) -> None:
    world = World("healthy")
    world.traits = changed(world.traits, {"unlogged_containers": ["letta"]})
    async with simulated(world, tmp_path) as reader:
        with pytest.raises(
            BadAnswer, match="its log driver none keeps none; run it with the driver json-file"
        ):
            await reader.page(0, FAR, 10, newest=True)
        async with following(reader) as batches:
            told = Followed(batches)
            await told.until(lambda: bool(told.troubles))
            assert "its log driver none keeps none" in told.troubles[0]
            world.traits = changed(world.traits, {"unlogged_containers": []})
            await told.until(lambda: told.troubles[-1] == "")
            assert len(told.troubles) == 2
    async with simulated(world, tmp_path, "nobody") as reader:
        with pytest.raises(BadAnswer, match="there is no container nobody"):
            await reader.page(0, FAR, 10, newest=True)
        async with following(reader) as batches:
            told = Followed(batches)
            await told.until(lambda: bool(told.troubles))
            assert told.troubles == ["there is no container nobody; waiting for one of that name"]


async def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    async with feed(f"unix://{tmp_path}/none.sock") as reader:
        with pytest.raises(NotListening, match="is missing"):
            await reader.page(0, FAR, 10, newest=True)
        async with following(reader) as batches:
            told = Followed(batches)
            await told.until(lambda: bool(told.troubles))
            assert told.troubles == [f"Docker: the socket file {tmp_path}/none.sock is missing"]


class Daemon:
    """A daemon of one running container that sends what a test says for each ask of its log, then ends or breaks."""

    def __init__(self, *answers: bytes, kind: str = "application/vnd.docker.raw-stream") -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.id = "a" * 64
        self.breaks = False
        self.kind = kind

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        if target.endswith("/json"):
            state = {"Status": "running", "ExitCode": 0}
            page = {
                "Id": self.id,
                "Created": "2024-01-01T00:00:00Z",
                "State": state,
                "Config": {"Tty": False},
            }
            body = json.dumps(page).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            )
            return
        self.asked.append(target)
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {self.kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        body = self.answers.pop(0) if self.answers else b""
        for at in range(0, len(body), 50):
            part = body[at : at + 50]
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
        if not self.answers:
            await reader.read()
        elif not self.breaks:
            writer.write(b"0\r\n\r\n")


def frame(nanoseconds: int, text: str, stream: int = 1) -> bytes:
    payload = f"2024-01-01T12:00:00.{nanoseconds:09d}Z {text}\n".encode()
    return struct.pack(">BxxxI", stream, len(payload)) + payload


@pytest.mark.parametrize("breaks", [False, True])
async def test_a_stream_that_is_asked_for_again_tells_each_line_once(breaks: bool) -> None:
    first = frame(1, "a") + frame(400, "twice") + frame(400, "twice") + frame(399, "out of order", 2)
    again = first + frame(400, "twice") + frame(398, "late", 2) + frame(900, "b")
    daemon = Daemon(first, again, again + frame(901, "c"))
    daemon.breaks = breaks
    async with (
        speaking(daemon) as port,
        feed(f"http://{port.address}") as reader,
        following(reader) as batches,
    ):
        told = Followed(batches)
        await told.count(8)
    assert told.texts == ["a", "twice", "twice", "out of order", "twice", "late", "b", "c"]
    assert (told.troubles, told.gaps) == ([], [])
    assert "since" not in daemon.asked[0]
    assert daemon.asked[1].endswith("timestamps=1&since=1704110399.800000400&follow=1")


async def test_a_container_made_anew_while_its_log_could_not_be_read_is_a_gap() -> None:
    daemon = Daemon(frame(1, "a"), frame(2, "b"))
    daemon.breaks = True
    async with (
        speaking(daemon) as port,
        feed(f"http://{port.address}") as reader,
        following(reader) as batches,
    ):
        told = Followed(batches)
        await told.count(1)
        daemon.id = "b" * 64
        await told.count(2)
    (gap,) = told.gaps
    assert (gap.lost, gap.words) == (None, "the container was recreated while its log could not be read")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"garbage that is no frame at all", "no log of a container: garbage"),
        (frame(1, "fine") + b"\x07garbage after a line", "no log of a container"),
    ],
)
async def test_a_stream_that_is_no_log_is_said_and_not_asked_for_in_a_hurry(
    answer: bytes, words: str
) -> None:
    daemon = Daemon(answer, answer, frame(2, "well again"))
    async with speaking(daemon) as port, feed(f"http://{port.address}") as reader:
        async with following(reader) as batches:
            told = Followed(batches)
            await told.until(lambda: "well again" in told.texts)
        assert len(daemon.asked) == 3
    assert words in told.troubles[0]
    assert told.troubles[-1] == ""


async def test_a_quiet_log_of_a_daemon_that_is_gone_is_noticed() -> None:
    daemon = Daemon(frame(1, "a"))
    async with (
        speaking(daemon) as port,
        feed(f"http://{port.address}", quiet=0.05) as reader,
        following(reader) as batches,
    ):
        told = Followed(batches)
        await told.count(1)
        daemon.id = "b" * 64
        daemon.answers = [frame(2, "of the next container")]
        await told.count(2)
    assert told.texts == ["a", "of the next container"]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


async def test_multiplexed_frames_are_told_by_their_type_even_of_a_terminal(web: Web) -> None:
    page = {"Id": "a", "State": {"Status": "running"}, "Config": {"Tty": True}, "HostConfig": {}}
    web.answers(200, frame(1, "framed"), Content_Type="application/vnd.docker.multiplexed-stream")
    async with feed(web.url) as reader:
        web.routes[f"/containers/{LETTA}/json"] = Reply(200, page)
        found = await reader.page(0, FAR, 10, newest=True)
    assert [line.text for line in found.lines] == ["framed"]


async def test_a_page_that_is_no_containers(web: Web) -> None:
    web.answers(200, {"Id": 1})
    async with feed(web.url) as reader:
        with pytest.raises(BadAnswer, match="lacks its State; is this Docker's socket"):
            await reader.page(0, FAR, 10, newest=True)


LOOP = "i=0; while true; do echo out $i; echo err $i >&2; i=$((i+1)); sleep 0.05; done"


async def test_podman_through_a_restart_of_the_container(podman: Podman) -> None:
    podman.run_container("chatty", LOOP)
    async with feed(f"unix://{podman.socket_path}", "chatty") as reader:
        async with following(reader) as batches:
            told = Followed(batches)
            await told.until(lambda: "out 3" in told.texts)
            before = len(told.lines)
            await asyncio.to_thread(podman.podman, "restart", "--time", "0", "chatty")
            await told.until(lambda: "out 3" in told.texts[before:] and "err 3" in told.texts[before:])
        page = await reader.page(0, FAR, 100_000, newest=True)
    kept = [(line.labels["stream"], line.text) for line in page.lines]
    heard = [(line.labels["stream"], line.text) for line in told.lines]
    for stream in ("stdout", "stderr"):
        mine = [text for name, text in heard if name == stream]
        assert mine == [text for name, text in kept if name == stream][: len(mine)]
    assert page.is_whole
    podman.remove_containers()


async def test_podman_with_a_terminal_long_lines_and_no_log(podman: Podman) -> None:
    podman.run_container("terminal", "echo one; echo two; sleep 1000", "--tty")
    podman.run_container("long", "dd if=/dev/zero bs=1000 count=30 2>/dev/null; echo; echo end; sleep 1000")
    podman.run_container("mute", "echo one; sleep 1000", "--log-driver=none")
    url = f"unix://{podman.socket_path}"
    async with feed(url, "terminal") as reader, following(reader) as batches:
        assert await Followed(batches).count(2) == ["one", "two"]
    async with feed(url, "long") as reader, following(reader) as batches:
        told = Followed(batches)
        await told.count(2)
        assert [(len(line.text), line.cut) for line in told.lines] == [(16_384, 30_000 - 16_384), (3, 0)]
    async with feed(url, "mute") as reader:
        with pytest.raises(BadAnswer, match="its log driver none keeps none"):
            await reader.page(0, FAR, 10, newest=True)
    podman.remove_containers()
