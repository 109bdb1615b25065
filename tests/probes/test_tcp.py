"""The `tcp` kind against ports that speak as told."""

import asyncio

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Tcp
from sutaz_tui.model import Status
from tests.loopback import configured, probing, reading, speaking
from tests.servers.redis import Redis
from tests.servers.waiting import patient


def config(address: str, send: str = "", expect: str = "", timeout: float = 5.0) -> Config:
    return configured(
        Tcp(
            id="port", title="Port", address=address, send=send, expect=expect, timeout=timeout, interval=60.0
        )
    )


async def test_a_real_redis_says_what_is_expected(redis: Redis) -> None:
    async with probing(config(f"127.0.0.1:{redis.port}", "PING\r\n", "+PONG")) as probe:
        found = await reading(probe)
        assert (found.status, found.summary) == (Status.UP, "answers as expected: Redis")
        await asyncio.to_thread(redis.stop)
        found = await reading(probe)
        assert (found.status, found.error) == (Status.DOWN, f"Port: :{redis.port} refused")
        await asyncio.to_thread(redis.start)
        assert (await reading(probe)).status is Status.UP


async def test_a_port_that_only_accepts_is_up_and_let_go() -> None:
    async with speaking(b"", hangs_up=False) as port, probing(config(port.address)) as probe:
        found = await reading(probe)
        assert (found.status, found.summary) == (Status.UP, "accepts connections")
        assert found.latency is not None
        async with asyncio.timeout(patient(5)):
            await port.idle.wait()
    assert found.steps[-1].reproduce == f"nc -vz -w 5 127.0.0.1 {port.port}"


async def test_an_expected_answer_may_come_in_pieces() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in (b"S", b"SH-", b"2.0-x\r\n"):
            writer.write(part)
            await writer.drain()

    async with speaking(handle) as port, probing(config(port.address, expect="SSH-2.0")) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.UP, "answers as expected: SSH")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "answers as HTTP"),
        (b"", "without an answer"),
        (b"SS", "answers as 'SS'"),
        (b"\x1b[2J[red]", "answers as"),
    ],
)
async def test_another_answer_is_down_and_named(said: bytes, heard: str) -> None:
    async with speaking(said) as port, probing(config(port.address, "hello\r\n", "SSH-2.0")) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert heard in found.summary
    assert found.summary.endswith("expected SSH")
    assert found.summary.isprintable()


@pytest.mark.parametrize(("said", "words"), [(b"", "no answer"), (b"SSH", "only part of the answer")])
async def test_silence_is_down_within_the_deadline(said: bytes, words: str) -> None:
    async with (
        speaking(said, hangs_up=False) as port,
        probing(config(port.address, "x", "SSH-2.0", timeout=0.3)) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.backs_off) == (Status.DOWN, True)
    assert f"connected, but {words} within 0.3 s" in found.summary


async def test_a_name_that_does_not_resolve_is_unknown() -> None:
    async with probing(config("no-such-host.invalid:80")) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert "does not resolve" in (found.error or "")


async def test_localhost_refused_on_every_address_is_one_refusal(unused_tcp_port: int) -> None:
    async with probing(config(f"localhost:{unused_tcp_port}")) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.DOWN, f":{unused_tcp_port} refused")
