"""A PostgreSQL that answers and is not well, tells less than usual, or stands behind a pooler: named in words."""

import asyncio
import struct
from pathlib import Path

import asyncpg
import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Postgres
from sutaz_tui.config.schema import Tls
from sutaz_tui.model import Reading, Status
from tests.certificates import certificate
from tests.loopback import configured, probing, reading, speaking, until
from tests.postgres_answers import error_message, message, telling
from tests.probes.test_postgres import of, service
from tests.servers.pgbouncer import PgBouncer
from tests.servers.postgres import PASSWORD, Standby
from tests.servers.postgres import Postgres as Server


def pooled(port: int, password: str = PASSWORD, database: str = "jarvis", user: str = "jarvis") -> Config:
    return configured(
        Postgres(
            id="postgres",
            title="PostgreSQL",
            address=f"127.0.0.1:{port}",
            user=user,
            password=password,
            database=database,
            timeout=2.0,
        )
    )


async def asked(config: Config) -> Reading:
    async with probing(config) as probe:
        return await reading(probe)


async def test_behind_a_pooler_of_transactions_it_is_up_with_all_its_figures(locked_postgres: Server) -> None:
    with PgBouncer(locked_postgres) as pooler:
        async with probing(pooled(pooler.port)) as probe:
            found, again = await reading(probe), await reading(probe)
    assert found.status is again.status is Status.UP
    assert str(found.facts["version"]).startswith("15.")
    assert found.facts["max_connections"] == 100
    timing = again.steps[-1].timing
    assert timing and timing.reused


async def test_a_pooler_of_single_statements_is_up_and_says_so(locked_postgres: Server) -> None:
    with PgBouncer(locked_postgres, pool_mode="statement") as pooler:
        found = await asked(pooled(pooler.port))
    assert found.status is Status.UP
    assert found.summary == "answers; its pooler pools single statements: ask PostgreSQL itself"


async def test_the_pooler_s_admin_console_is_up_and_named(locked_postgres: Server) -> None:
    with PgBouncer(locked_postgres) as pooler:
        found = await asked(pooled(pooler.port, database="pgbouncer"))
    assert found.status is Status.UP
    assert found.summary == (
        "answers; this is PgBouncer's admin console: set `database` to one that it pools"
    )


async def test_a_pooler_refuses_in_words_what_postgres_would(locked_postgres: Server) -> None:
    with PgBouncer(locked_postgres) as pooler:
        wrong = await asked(pooled(pooler.port, password="wrong horse battery"))
        nowhere = await asked(pooled(pooler.port, database="nowhere"))
    assert "login of jarvis is refused" in (wrong.error or "")
    assert "has no database nowhere" in (nowhere.error or "")
    assert wrong.status is nowhere.status is Status.UNKNOWN


async def test_a_pooler_whose_postgres_is_gone_is_down(locked_postgres: Server) -> None:
    with PgBouncer(locked_postgres) as pooler:
        async with probing(pooled(pooler.port)) as probe:
            assert (await reading(probe)).status is Status.UP
            await asyncio.to_thread(locked_postgres.stop)
            found = await reading(probe)
    assert found.status is Status.DOWN


async def test_a_standby_is_up_and_degraded_when_its_primary_is_gone(postgres: Server) -> None:
    with Standby(postgres) as standby:
        async with probing(of(standby)) as probe:

            async def is_linked() -> bool:
                return (await reading(probe)).status is Status.UP

            await until(is_linked)
            found = await reading(probe)
            assert " replica, connections " in found.summary
            await asyncio.to_thread(postgres.stop)

            async def is_cut_off() -> bool:
                return (await reading(probe)).status is not Status.UP

            await until(is_cut_off)
            found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "link")
    assert found.summary.startswith("a replica without its primary; 15.")


async def test_a_standby_that_lets_nobody_in_is_degraded_and_named(postgres: Server) -> None:
    with Standby(postgres, hot_standby="off") as standby:
        found = await asked(of(standby))
    assert (found.status, found.word) == (Status.DEGRADED, "standby")
    assert "Hot standby mode is disabled" in found.summary


async def test_a_role_without_connect_is_told_the_grant_that_helps(postgres: Server) -> None:
    admin = await asyncpg.connect(postgres.url)
    try:
        await admin.execute('CREATE ROLE "Few" LOGIN; REVOKE CONNECT ON DATABASE jarvis FROM PUBLIC')
    finally:
        await admin.close()
    found = await asked(pooled(postgres.port, user="Few", password="x"))
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert (found.error or "").endswith('GRANT CONNECT ON DATABASE jarvis TO "Few"')


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE ROLE other NOLOGIN", "not permitted to log in; ALTER ROLE other LOGIN"),
        ("SELECT 1", "does not exist; check `user` in the config"),
    ],
)
async def test_a_role_that_may_not_log_in_is_told_why(postgres: Server, statement: str, words: str) -> None:
    admin = await asyncpg.connect(postgres.url)
    try:
        await admin.execute(statement)
    finally:
        await admin.close()
    found = await asked(pooled(postgres.port, user="other", password="x"))
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert (found.error or "").endswith(words)


async def test_a_role_s_own_limit_of_connections_is_told_with_what_raises_it(postgres: Server) -> None:
    admin = await asyncpg.connect(postgres.url)
    try:
        await admin.execute("CREATE ROLE one LOGIN CONNECTION LIMIT 0")
    finally:
        await admin.close()
    found = await asked(pooled(postgres.port, user="one", password="x"))
    assert (found.status, found.word) == (Status.DEGRADED, "full")
    assert (found.error or "").endswith("ALTER ROLE one CONNECTION LIMIT raises its limit")


async def test_a_view_that_a_role_may_not_see_leaves_it_up_with_the_grant(postgres: Server) -> None:
    admin = await asyncpg.connect(postgres.url)
    try:
        await admin.execute("CREATE ROLE few LOGIN; REVOKE SELECT ON pg_stat_database FROM PUBLIC")
    finally:
        await admin.close()
    found = await asked(pooled(postgres.port, user="few", password="x"))
    assert found.status is Status.UP
    assert found.summary.startswith("PostgreSQL 15.")
    assert found.summary.endswith("GRANT pg_monitor TO few")


async def test_a_client_certificate_that_is_wanted_is_named(tmp_path: Path) -> None:
    own = certificate(tmp_path / "postgres.pem")
    with Server(certificate=own, mutual=True) as server:
        entry = Postgres(
            id="p",
            title="P",
            address=f"127.0.0.1:{server.port}",
            user="jarvis",
            password="x",
            database="jarvis",
            tls=Tls(ca_file=str(own)),
        )
        found = await asked(configured(entry))
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert (found.error or "").endswith("set cert_file and key_file under `tls`")


@pytest.mark.parametrize(
    ("number", "rest"),
    [(2, b""), (7, b""), (9, b""), (10, b"OAUTHBEARER\0\0"), (10, b"SCRAM-SHA-256-PLUS\0\0")],
)
async def test_a_login_of_another_way_than_a_password_is_named(number: int, rest: bytes) -> None:
    async with speaking(message(b"R", struct.pack("!i", number) + rest), hangs_up=False) as port:
        found = await asked(configured(service(port.address, "secret sauce")))
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert "wants a login of jarvis by a way that is not supported here" in found.summary


async def test_a_database_that_knows_none_of_our_questions_is_up() -> None:
    refusal = error_message("42883", "unknown function: current_setting", "ERROR")
    async with telling("QuestDB 8", refusing=refusal, refuses_all=True) as port:
        found = await asked(configured(service(port.address)))
    assert found.status is Status.UP
    assert found.summary == "answers; it does not tell the rest: unknown function: current_setting"


@pytest.mark.parametrize("tls", [None, Tls(verify="insecure")], ids=["plain", "tls"])
async def test_a_server_that_cannot_fork_is_told_in_its_own_words(tls: Tls | None) -> None:
    said = b"Ecould not fork new process for connection: Cannot allocate memory\n\0"
    async with speaking(said) as port:
        entry = Postgres(
            id="p", title="P", address=port.address, user="jarvis", password="x", database="jarvis", tls=tls
        )
        found = await asked(configured(entry))
    assert (found.status, found.word) == (Status.DEGRADED, "full")
    assert "could not fork new process for connection: Cannot allocate memory" in found.summary


@pytest.mark.parametrize("password", ["", "secret sauce"])
@pytest.mark.parametrize(
    ("code", "said", "status", "words"),
    [
        ("3D000", 'database "jarvis" does not exist', Status.UNKNOWN, "has no database jarvis"),
        ("0A000", "unsupported frontend protocol 3.0", Status.DOWN, "3.0 (SQLSTATE 0A000)"),
        ("08P01", "bad protocol", Status.DOWN, "bad protocol (SQLSTATE 08P01)"),
        ("08P01", "no such database: jarvis", Status.UNKNOWN, "has no database jarvis"),
        ("08P01", "server login has been failing", Status.DOWN, "has been failing (SQLSTATE 08P01)"),
        ("08P01", "no more connections allowed (max_client_conn)", Status.DEGRADED, "max_client_conn"),
        ("XX000", "could not open relation", Status.DOWN, "could not open relation (SQLSTATE XX000)"),
        ("53200", "out of memory", Status.DEGRADED, "out of memory"),
        ("53100", "could not write: No space left on device", Status.DEGRADED, "No space left"),
        ("57P03", "the database system is in recovery mode", Status.DEGRADED, "recovery mode"),
        ("42501", 'permission denied for database "jarvis"', Status.UNKNOWN, "GRANT CONNECT ON DATABASE"),
        (
            "55000",
            'database "jarvis" is not currently accepting connections',
            Status.UNKNOWN,
            "ALTER DATABASE",
        ),
    ],
)
async def test_any_fatal_of_its_login_is_named_and_never_up(
    password: str, code: str, said: str, status: Status, words: str
) -> None:
    async with speaking(error_message(code, said)) as port:
        found = await asked(configured(service(port.address, password)))
    assert found.status is status
    assert words in (found.error or "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('no pg_hba.conf entry for host "10.0.0.1", no encryption', "lets jarvis in over TLS only"),
        ("SSL connection is required. Please specify SSL options", "lets jarvis in over TLS only"),
        ('no pg_hba.conf entry for host "10.0.0.1", SSL encryption', "pg_hba.conf of the server decides"),
        ('Peer authentication failed for user "jarvis"', "Peer authentication failed"),
    ],
)
async def test_a_login_that_is_shut_out_is_told_why(said: str, words: str) -> None:
    async with speaking(error_message("28000", said)) as port:
        found = await asked(configured(service(port.address, "secret sauce")))
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert words in (found.error or "")


@pytest.mark.parametrize(
    ("code", "said", "product", "shown"),
    [
        (
            "42883",
            "unknown function: pg_last_wal_receive_lsn()",
            "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023)",
            "CockroachDB CCL v23.1.11",
        ),
        (
            "42P01",
            'relation "pg_stat_wal_receiver" does not exist',
            "PostgreSQL 9.5.25 on x86_64-pc-linux-gnu, compiled by gcc",
            "PostgreSQL 9.5.25",
        ),
        (
            "0A000",
            "not supported",
            "PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64",
            "PostgreSQL 11.2-YB-2.18.0.0-b0",
        ),
    ],
)
async def test_a_cousin_without_optional_views_is_up_and_named(
    code: str, said: str, product: str, shown: str
) -> None:
    async with telling(product, refusing=error_message(code, said, "ERROR")) as port:
        found = await asked(configured(service(port.address)))
    assert found.status is Status.UP
    assert found.summary == f"{shown}; it does not tell the rest: {said}"


@pytest.mark.parametrize(
    ("figures", "odd"),
    [
        ({"connections": -3}, "connections -3"),
        ({"max_connections": 0}, "max_connections 0"),
        ({"oldest_transaction": float("nan")}, "oldest_transaction nan"),
    ],
)
async def test_a_figure_that_cannot_be_is_not_up(figures: dict[str, float], odd: str) -> None:
    async with telling("", **figures) as port:
        found = await asked(configured(service(port.address)))
    assert (found.status, found.word) == (Status.DEGRADED, "figures")
    assert found.summary.startswith(f"reports impossible values: {odd}; ")


async def test_a_second_round_trip_of_a_long_line_is_not_the_server_s_time() -> None:
    async with telling("", trip=1.0) as port:
        found = await asked(configured(service(port.address)))
    assert found.status is Status.UP
    assert found.latency is not None and found.latency < 1.0
    assert found.steps[-1].elapsed >= 1.0
