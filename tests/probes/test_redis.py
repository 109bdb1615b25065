"""The `redis` kind against a real server, and against ports that are none."""

import asyncio

import pytest
from redis.asyncio import Redis as Client

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Redis
from sutaz_tui.model import Status
from tests.loopback import configured, probing, reading, speaking
from tests.redis_answers import answering, redis_told
from tests.servers.redis import Redis as Server
from tests.servers.waiting import patient

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def service(address: str, password: str = "", timeout: float = 5.0, user: str = "") -> Redis:
    return Redis(
        id="redis",
        title="Redis",
        address=address,
        user=user,
        password=password,
        timeout=timeout,
        interval=60.0,
        warn=4.0,
    )


def of(server: Server, password: str = "", timeout: float = 5.0, user: str = "") -> Config:
    return configured(
        service(f"127.0.0.1:{server.port}", password, timeout, user),
        secrets={"REDIS_PASSWORD": password} if password else {},
        logins={"services.redis": "REDIS_PASSWORD"},
    )


async def test_a_healthy_server_tells_its_facts(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        await client.config_set("maxmemory", 128 * 1024 * 1024)
        await client.set("key", "value")
        for key in ("key", "key", "key", "nothing"):
            await client.get(key)
        found = await reading(probe)
    assert found.status is Status.UP
    assert str(found.facts["version"]).startswith("7.")
    assert found.facts["role"] == "master"
    assert found.facts["clients"] == 2
    assert found.facts["max_memory"] == 134217728
    assert found.facts["hit_ratio"] == 0.75
    assert "of 128M, clients 2" in found.summary
    assert "hits 75%" in found.summary
    assert found.steps[-1].reproduce == f"redis-cli -h 127.0.0.1 -p {redis.port} info"


async def test_before_the_first_look_up_there_is_no_hit_ratio(redis: Server) -> None:
    async with probing(of(redis)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert "hit_ratio" not in found.facts


async def test_one_connection_is_kept(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        for _ in range(3):
            assert (await reading(probe)).status is Status.UP
        stats = await client.info("stats")
    assert stats["total_connections_received"] <= 3  # the fixture's own, this client's, ours


async def test_with_a_password_it_logs_in(locked_redis: Server) -> None:
    assert locked_redis.password
    async with probing(of(locked_redis, locked_redis.password)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert "version" in found.facts
    assert found.steps[-1].reproduce.startswith('REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli')


async def test_without_a_password_it_is_up_and_says_how_to_see_more(locked_redis: Server) -> None:
    async with probing(of(locked_redis)) as probe:
        found = await reading(probe)
        again = await reading(probe)
    assert found.status is again.status is Status.UP
    assert found.summary.endswith("set REDIS_PASSWORD to see more")
    assert found.facts == {}


@pytest.mark.parametrize("user", ["", "watcher"])
async def test_a_wrong_password_is_unknown_and_denied(locked_redis: Server, user: str) -> None:
    async with probing(of(locked_redis, "wrong horse battery", user=user)) as probe:
        found = await reading(probe)
    assert (found.status, found.word, found.backs_off) == (Status.UNKNOWN, "denied", True)
    assert "is refused; check user and password" in (found.error or "")
    assert "wrong horse" not in f"{found}"


async def test_a_user_without_rights_is_told_which(redis: Server) -> None:
    async with Client(port=redis.port) as client:
        await client.execute_command("ACL", "SETUSER", "watcher", "on", ">watch this")
        async with probing(of(redis, "watch this", user="watcher")) as probe:
            found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert (found.error or "").endswith(
        "watcher may not run PING and INFO; grant it: ACL SETUSER watcher +ping +info"
    )


async def test_stopped_it_is_down_and_back_after_its_return(redis: Server) -> None:
    async with probing(of(redis)) as probe:
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(redis.kill)
        found = await reading(probe)
        assert found.status is Status.DOWN
        assert found.error == f"Redis: :{redis.port} refused"
        await asyncio.to_thread(redis.start)
        assert (await reading(probe)).status is Status.UP


async def test_a_restart_between_two_asks_is_not_seen_as_a_failure(redis: Server) -> None:
    async with probing(of(redis)) as probe:
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(redis.restart)
        assert (await reading(probe)).status is Status.UP


@pytest.mark.parametrize("asked_before", [True, False])
async def test_hanging_it_is_down_within_its_deadline(redis: Server, asked_before: bool) -> None:
    loop = asyncio.get_running_loop()
    async with probing(of(redis, timeout=0.5)) as probe:
        if asked_before:
            assert (await reading(probe)).status is Status.UP
        redis.pause()
        started = loop.time()
        found = await reading(probe)
        assert loop.time() - started < patient(1.5)
        assert (found.status, found.backs_off) == (Status.DOWN, True)
        assert "within 0.5 s" in found.summary
        redis.resume()
        assert (await reading(probe)).status is Status.UP


async def test_a_cancelled_ask_leaves_no_connection(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        assert (await reading(probe)).facts["clients"] == 1
        redis.pause()
        asking = asyncio.create_task(probe.ask())
        done, _ = await asyncio.wait({asking}, timeout=0.2)
        assert not done
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        redis.resume()
        found = await reading(probe)
        assert found.facts["clients"] == 1
        assert await client.ping()


async def test_a_replica_without_its_master_is_degraded(redis: Server) -> None:
    with Server() as replica:
        async with Client(port=replica.port) as client, probing(of(replica)) as probe:
            await client.execute_command("REPLICAOF", "127.0.0.1", "1")
            found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "link")
    assert found.facts["role"] == "replica"
    assert "without its master 127.0.0.1:1" in found.summary


async def test_no_client_slot_left_is_degraded(redis: Server) -> None:
    async with Client(port=redis.port) as client:
        await client.config_set("maxclients", 1)
        async with probing(of(redis)) as probe:
            found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "full")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "loading"),
        (b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n", "link"),
        (b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL.\r\n", "busy"),
        (b"-DENIED Redis is running in protected mode\r\n", "closed"),
    ],
)
async def test_a_server_that_serves_nobody_is_degraded(said: bytes, word: str) -> None:
    async with speaking(said) as port, probing(configured(service(port.address))) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, word)


@pytest.mark.parametrize("password", ["", "secret sauce"])
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (HTTP, "answers as HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answers as SSH"),
        (b"AMQP\x00\x00\x09\x01\r\n", "answers as AMQP"),
        (b"", "without an answer"),
        (b"+PON", "closed the connection"),
        (b"$99999999999\r\nabc", "answers as"),
        (b"$abc\r\n", "answers as"),
        (b"*1\r\n" * 5000, "answers as"),
        (b"+WHAT\r\n", "answers as"),
        (b"-ERR \x1b[2Jboom [red]\r\n", "answers with an error"),
        (b"x" * 200_000, "answers as"),
    ],
)
async def test_what_is_not_redis_is_down_and_named(password: str, said: bytes, heard: str) -> None:
    async with speaking(said) as port, probing(configured(service(port.address, password))) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert heard in found.summary
    assert found.summary.isprintable()


@pytest.mark.parametrize("info", [b":1\r\n", b"$5\r\nhello\r\n", b"*0\r\n"])
async def test_an_info_that_is_none_is_down(info: bytes) -> None:
    async with answering(INFO=info) as port, probing(configured(service(port.address))) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert "is this Redis?" in found.summary


async def test_fields_from_outside_stay_data() -> None:
    text = b"redis_version:\x1b[31m7\r\nrole:[@click=app.quit]x[/]\r\nused_memory:nan\r\nconnected_clients:inf\r\n"

    async with redis_told(text) as port, probing(configured(service(port.address))) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "figures")
    assert found.summary.isprintable()
    assert found.facts == {"version": "7", "role": "[@click=app.quit]x[/]"}


async def test_silence_is_down_within_the_deadline() -> None:
    async with (
        speaking(b"", hangs_up=False) as port,
        probing(configured(service(port.address, timeout=0.3))) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.backs_off) == (Status.DOWN, True)


async def test_an_endless_answer_is_cut() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"*1000000000\r\n")
        while True:
            writer.write(b"$10000\r\n" + b"x" * 10_000 + b"\r\n")
            await writer.drain()

    async with speaking(flood) as port, probing(configured(service(port.address))) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert found.latency is None
