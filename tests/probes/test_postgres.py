"""The `postgres` kind against a real server, and against ports that are none."""

import asyncio

import asyncpg
import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Postgres
from sutaz_tui.model import Status
from sutaz_tui.simulator import postgres as simulated
from sutaz_tui.simulator.scenarios import changed
from sutaz_tui.simulator.world import World
from tests.loopback import configured, probing, reading, speaking
from tests.postgres_answers import error_message
from tests.servers.postgres import Postgres as Server
from tests.servers.waiting import Deadline, patient

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def service(address: str, password: str = "", timeout: float = 5.0, database: str = "jarvis") -> Postgres:
    return Postgres(
        id="postgres",
        title="PostgreSQL",
        address=address,
        user="jarvis",
        password=password,
        database=database,
        timeout=timeout,
        interval=60.0,
        warn=4.0,
    )


def of(server: Server, password: str = "", timeout: float = 5.0, database: str = "jarvis") -> Config:
    entry = service(f"127.0.0.1:{server.port}", password, timeout, database)
    return configured(
        entry,
        secrets={"POSTGRES_PASSWORD": password} if password else {},
        logins={"services.postgres": "POSTGRES_PASSWORD"},
    )


async def test_a_healthy_server_tells_its_facts(locked_postgres: Server) -> None:
    assert locked_postgres.password
    async with probing(of(locked_postgres, locked_postgres.password)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.error is None
    assert str(found.facts["version"]).startswith("15.")
    assert found.facts["connections"] == 1
    assert found.facts["max_connections"] == 100
    assert found.facts["in_recovery"] is False
    assert found.facts["oldest_transaction"] == 0
    assert found.facts["database"] == "jarvis"
    assert "lag" not in found.facts
    assert "primary, connections 1/100, oldest transaction 0s" in found.summary
    assert found.latency is not None and 0 < found.latency < 4


async def test_a_replica_says_that_it_is_one_and_how_far_it_is_behind() -> None:
    seconds = 0.0
    world = World("healthy", monotonic=lambda: seconds)
    world.traits = changed(world.traits, {"postgres_in_recovery": True})
    seconds = 14.0
    async with await asyncio.get_running_loop().create_server(
        simulated.protocol(world), "127.0.0.1", 0
    ) as server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        entry = service(address, world.secrets["POSTGRES_PASSWORD"], database="jarvis_ai")
        async with probing(configured(entry)) as probe:
            found = await reading(probe)
    assert (found.status, found.facts["in_recovery"], found.facts["lag"]) == (Status.UP, True, 1.2)
    assert found.summary.startswith("16.4 replica, connections ")
    assert ", lag 1s, oldest transaction " in found.summary


async def test_one_connection_is_kept(postgres: Server) -> None:
    async with probing(of(postgres)) as probe:
        assert (await reading(probe)).status is Status.UP
        watcher = await asyncpg.connect(postgres.url)
        try:
            ours = "SELECT pid FROM pg_stat_activity WHERE application_name = 'sutaz-tui'"
            before = await watcher.fetch(ours)
            timing = (await reading(probe)).steps[-1].timing
            assert timing is not None and timing.reused
            assert await watcher.fetch(ours) == before
        finally:
            await watcher.close()
    assert len(before) == 1


async def test_an_open_transaction_of_somebody_else_is_seen(postgres: Server) -> None:
    other = await asyncpg.connect(postgres.url)
    try:
        await other.execute("BEGIN; SELECT pg_sleep(1.1)")
        async with probing(of(postgres)) as probe:
            found = await reading(probe)
    finally:
        await other.close()
    assert isinstance(oldest := found.facts["oldest_transaction"], float)
    assert oldest >= 1.0


async def test_sessions_that_wait_for_a_lock_are_counted(postgres: Server) -> None:
    holder, waiter = [await asyncpg.connect(postgres.url) for _ in range(2)]
    try:
        await holder.execute("CREATE TABLE held (n int)")
        await holder.execute("BEGIN; LOCK TABLE held")
        waiting = asyncio.create_task(waiter.execute("BEGIN; LOCK TABLE held; ROLLBACK"))
        async with probing(of(postgres)) as probe:
            deadline = Deadline(20.0)
            while (found := await reading(probe)).facts["waiting"] != 1:
                assert not deadline.is_over(), found.facts
            await holder.execute("ROLLBACK")
            await waiting
            assert (await reading(probe)).facts["waiting"] == 0
        await holder.execute("DROP TABLE held")
    finally:
        await holder.close()
        await waiter.close()


async def test_a_role_without_rights_does_not_invent_the_oldest_transaction(postgres: Server) -> None:
    admin = await asyncpg.connect(postgres.url)
    try:
        await admin.execute("CREATE ROLE plain LOGIN")
        await admin.execute("BEGIN; SELECT 1")
        entry = Postgres(
            id="p",
            title="P",
            address=f"127.0.0.1:{postgres.port}",
            user="plain",
            database="jarvis",
            interval=60.0,
        )
        async with probing(configured(entry)) as probe:
            found = await reading(probe)
    finally:
        await admin.close()
    assert found.status is Status.UP
    assert found.facts["connections"] == 2
    assert "oldest_transaction" not in found.facts and "waiting" not in found.facts
    assert "oldest" not in found.summary


async def test_without_a_password_it_is_up_and_says_how_to_see_more(locked_postgres: Server) -> None:
    async with probing(of(locked_postgres)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.endswith("set POSTGRES_PASSWORD to see more")
    assert found.facts == {}
    assert found.latency is not None
    assert found.steps[-1].reproduce.startswith("pg_isready -h 127.0.0.1")


async def test_a_wrong_password_is_unknown_and_denied(locked_postgres: Server) -> None:
    async with probing(of(locked_postgres, "wrong horse battery")) as probe:
        found = await reading(probe)
    assert (found.status, found.word, found.backs_off) == (Status.UNKNOWN, "denied", True)
    assert "login of jarvis is refused" in (found.error or "")
    shown = f"{found.error}{found.summary}{found.steps}"
    assert "wrong horse" not in shown
    assert 'PGPASSWORD="$POSTGRES_PASSWORD" psql' in found.steps[-1].reproduce


async def test_a_database_that_is_not_there_is_named(postgres: Server) -> None:
    async with probing(of(postgres, database="nowhere")) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert "no database nowhere" in found.summary


async def test_stopped_it_is_down_and_back_after_its_return(postgres: Server) -> None:
    async with probing(of(postgres)) as probe:
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(postgres.stop)
        found = await reading(probe)
        assert found.status is Status.DOWN
        assert found.error == f"PostgreSQL: :{postgres.port} refused"
        await asyncio.to_thread(postgres.start)
        assert (await reading(probe)).status is Status.UP


async def test_a_restart_between_two_asks_is_not_seen_as_a_failure(postgres: Server) -> None:
    async with probing(of(postgres)) as probe:
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(postgres.restart)
        assert (await reading(probe)).status is Status.UP


@pytest.mark.parametrize("asked_before", [True, False])
async def test_hanging_it_is_down_within_its_deadline_and_nothing_leaks(
    postgres: Server, asked_before: bool
) -> None:
    loop = asyncio.get_running_loop()
    async with probing(of(postgres, timeout=0.6)) as probe:
        if asked_before:
            assert (await reading(probe)).status is Status.UP
        postgres.pause()
        started = loop.time()
        found = await reading(probe)
        assert loop.time() - started < patient(1.5)
        assert (found.status, found.backs_off) == (Status.DOWN, True)
        assert "within 0.6 s" in found.summary
        postgres.resume()
        assert (await reading(probe)).status is Status.UP
    left = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    _, pending = await asyncio.wait(left, timeout=2) if left else (set(), set())
    assert not pending


async def test_a_cancelled_ask_leaves_no_connection(postgres: Server) -> None:
    async with probing(of(postgres)) as probe:
        assert (await reading(probe)).status is Status.UP
        postgres.pause()
        asking = asyncio.create_task(probe.ask())
        done, _ = await asyncio.wait({asking}, timeout=0.2)
        assert not done
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        postgres.resume()
        assert (await reading(probe)).facts["connections"] == 1


async def test_no_connection_left_is_degraded(request: pytest.FixtureRequest) -> None:
    with Server(max_connections="2", superuser_reserved_connections="0", max_wal_senders="0") as server:
        others = [await asyncpg.connect(server.url) for _ in range(2)]
        try:
            async with probing(of(server)) as probe:
                found = await reading(probe)
        finally:
            for other in others:
                await other.close()
    assert (found.status, found.word) == (Status.DEGRADED, "full")
    assert (found.error or "").endswith("find who holds them in pg_stat_activity, or raise max_connections")


async def test_nearly_all_connections_taken_is_degraded() -> None:
    with Server(max_connections="3", superuser_reserved_connections="0", max_wal_senders="0") as server:
        others = [await asyncpg.connect(server.url) for _ in range(2)]
        try:
            async with probing(of(server)) as probe, asyncio.timeout(patient(20)):
                # The server may not have let go yet of the connection that only heard its greeting.
                while (found := await reading(probe)).word == "full":
                    assert found.status is Status.DEGRADED
        finally:
            for other in others:
                await other.close()
    assert (found.status, found.word) == (Status.DEGRADED, "conns")
    assert "connections 3/3" in found.summary


@pytest.mark.parametrize("password", ["", "secret sauce"])
@pytest.mark.parametrize(
    ("code", "words", "word"),
    [
        ("57P03", "the database system is starting up", "starting"),
        ("57P03", "the database system is shutting down", "stopping"),
        ("53300", "sorry, too many clients already", "full"),
    ],
)
async def test_a_server_that_takes_nobody_in_is_degraded(
    password: str, code: str, words: str, word: str
) -> None:
    async with (
        speaking(error_message(code, words)) as port,
        probing(configured(service(port.address, password))) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, word)


async def test_no_entry_in_pg_hba_is_still_postgres() -> None:
    refusal = error_message("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "jarvis"')
    async with speaking(refusal) as port, probing(configured(service(port.address))) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.endswith("to see more")


@pytest.mark.parametrize("password", ["", "secret sauce"])
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (HTTP, "answers as HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answers as SSH"),
        (b"-ERR unknown command\r\n", "answers as Redis"),
        (b"", "without an answer"),
        (b"R\0\0", "answers as"),
        (b"R\0\0\0\x17\0\0\0\x0aSCRAM", "in the middle"),
        (b"\x1b[2J\x1b]0;gotcha\x07[red]", "answers as"),
        (b"E\xff\xff\xff\xff" * 40, "answers as"),
    ],
)
async def test_what_is_not_postgres_is_down_and_named(password: str, said: bytes, heard: str) -> None:
    async with speaking(said) as port, probing(configured(service(port.address, password))) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert heard in found.summary
    assert found.summary.isprintable()
    assert "asyncpg" not in f"{found.error}{found.summary}"


@pytest.mark.parametrize("password", ["", "secret sauce"])
async def test_silence_is_down_within_the_deadline_and_the_connection_closed(password: str) -> None:
    async with (
        speaking(b"", hangs_up=False) as port,
        probing(configured(service(port.address, password, timeout=0.3))) as probe,
    ):
        found = await reading(probe)
        assert (found.status, found.backs_off) == (Status.DOWN, True)
        assert "within 0.3 s" in found.summary


async def test_the_second_ask_names_what_keeps_the_line_open() -> None:
    async with (
        speaking(b"SSH-2.0-OpenSSH_9.2\r\n", hangs_up=False) as port,
        probing(configured(service(port.address, "secret sauce", timeout=0.3))) as probe,
    ):
        assert (await reading(probe)).status is Status.DOWN
        assert "answers as SSH" in (await reading(probe)).summary


async def test_an_endless_answer_ends_at_the_deadline() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"S" + b"\x00" * 65_535)
            await writer.drain()

    async with (
        speaking(flood) as port,
        probing(configured(service(port.address, "secret", timeout=0.3))) as probe,
    ):
        assert (await reading(probe)).status is Status.DOWN


@pytest.mark.parametrize(
    "garbled",
    [
        b"Z\0\0\0\x05I",
        b"R\0\0\0\x08\0\0\0\0S\0\0\0\x07abcZ\0\0\0\x05I",
        b"R\0\0\0\x08\0\0\0\0K\0\0\0\x06\0\0Z\0\0\0\x05I",
        b"R\0\0\0\x08\0\0\0\0S\0\0\0\x15server_version\0x\0Z\0\0\0\x05I",
    ],
)
async def test_a_garbled_login_is_down_in_words(garbled: bytes) -> None:
    async with (
        speaking(garbled) as port,
        probing(configured(service(port.address, "secret sauce", timeout=0.5))) as probe,
    ):
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert found.error is not None
    assert "Error" not in found.error
