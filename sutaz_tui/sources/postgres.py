"""PostgreSQL by asyncpg, read-only: a kept connection for its probe, one for each question of a check; or what strangers hear."""

import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
from asyncpg.pgproto import pgproto

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError, TimedOut
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.kept import Keeping, nobody
from sutaz_tui.sources.postgres_frames import guard
from sutaz_tui.sources.postgres_greeting import Stranger, greet
from sutaz_tui.sources.postgres_refusals import (
    POOLER,
    TurnedAway,
    Unready,
    is_lost_statement,
    is_unknown_setting,
    lacking,
    meaning,
    unready,
)
from sutaz_tui.sources.question import Question
from sutaz_tui.sources.tcp import split_address
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

# One row. pg_stat_database counts sessions for every role; of pg_stat_activity a role without pg_read_all_stats
# sees other roles' rows blanked, and then the oldest transaction is not known. A replica whose receiver streams and
# has replayed all it received is not behind, however old its last transaction is. PostgreSQL 10 and later.
QUESTION = (
    "SELECT current_setting('server_version') AS version,"
    " (SELECT sum(numbackends) FROM pg_stat_database)::int AS connections,"
    " current_setting('max_connections')::int AS max_connections,"
    " pg_is_in_recovery() AS in_recovery,"
    " (SELECT CASE WHEN coalesce(bool_or(query = '<insufficient privilege>'), false) THEN NULL"
    " ELSE coalesce(extract(epoch FROM max(now() - xact_start)), 0) END FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datid IS NOT NULL"
    " AND coalesce(backend_type, 'client backend') = 'client backend')::float8 AS oldest_transaction,"
    # What waits for a lock that another session holds; blanked as the oldest transaction is.
    " (SELECT CASE WHEN coalesce(bool_or(query = '<insufficient privilege>'), false) THEN NULL"
    " ELSE count(*) FILTER (WHERE wait_event_type = 'Lock') END FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datid IS NOT NULL)::int AS waiting,"
    " current_database() AS database,"
    " pg_postmaster_start_time() AS started,"
    " (CASE WHEN NOT pg_is_in_recovery() THEN NULL"
    " WHEN EXISTS (SELECT 1 FROM pg_stat_wal_receiver)"
    " AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
    " ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END)::float8 AS lag,"
    # A replica that is to stream and does not; the setting is NULL to a role that may not see it.
    " (SELECT setting <> '' FROM pg_settings WHERE name = 'primary_conninfo' AND pg_is_in_recovery()"
    " AND NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver)) AS is_cut_off"
)
# What cousins and older releases tell too.
LEAST = "SELECT current_setting('server_version') AS version, current_database() AS database, version() AS product"
LATE = "connected, but no answer to the question"
# What asyncpg raises beside OSError; its own decoding of a strange server's bytes fails in the built-in ways.
_CLIENT_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    EOFError,
    pgproto.BufferError,
    struct.error,
)
# The server hung up, or says that it does: a kept connection may have died long before this ask.
_HUNG_UP = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.ConnectionFailureError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    ConnectionError,
)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What PostgreSQL says of itself; seconds; None where it is not told, not allowed or does not apply.

    `lacks` says why most of it is not told, and what to do; `product` is told then only.
    """

    latency: float | None
    version: str = ""
    connections: int | None = None
    max_connections: int | None = None
    in_recovery: bool | None = None
    oldest_transaction: float | None = None
    waiting: int | None = None
    database: str = ""
    started: datetime | None = None
    lag: float | None = None
    is_cut_off: bool | None = None
    product: str = ""
    lacks: str = ""


class PostgresClient:
    """Asks one PostgreSQL server as the service's user; `ended` hears that it ended the kept connection."""

    def __init__(self, service: Postgres, clients: Clients, ended: Callable[[], object] = nobody) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._kept: asyncpg.Connection | None = None
        self._keeping = Keeping(ended)
        # The port kept silent or hung up: the next ask first listens to what speaks there.
        self._doubtful = False
        # A pooler takes no settings at the login: each question brings its own, in a transaction.
        self._is_pooled = False

    async def ask(self, timeout: float) -> Vitals | Stranger | Unready:
        """One answer within `timeout` seconds; raises Unreachable, Refused, TimedOut, BadAnswer or Denied."""
        if self._keeping.is_old:
            await self.aclose()
        question = self._question(QUESTION, self._kept is not None or bool(self._service.password))
        question.is_reused = self._kept is not None
        answer: Vitals | Stranger | Unready
        try:
            async with question.within(timeout):
                try:
                    answer = await self._judged(question, self._look(question, timeout))
                except TurnedAway as turned:
                    answer = turned.unready
                question.answer = _said(answer)
        except TimedOut:
            self._doubtful = not question.is_reused
            raise
        return answer

    async def rows(self, query: str, timeout: float = 5.0) -> list[dict[str, Any]]:
        """The rows of one question, asked on a connection of its own; raises what `ask` does."""
        question = self._question(query)
        async with question.within(timeout):
            found = await self._judged(question, self._fetch(question, query, timeout))
            question.answer = f"{len(found)} rows: {found}"
        return found

    async def aclose(self) -> None:
        """Close the kept connection; the next ask opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.terminate()

    async def _judged(self, question: Question, answer: Awaitable[T]) -> T:
        """The answer; what asyncpg raises becomes a SourceError, TurnedAway where nobody is taken in."""
        try:
            return await answer
        except (*_CLIENT_ERRORS, OSError) as error:
            code, said, detail = _told(error)
            latency = time.perf_counter() - question.started
            if found := unready(code, said, latency, detail):
                raise TurnedAway(self.source, found) from error
            said_why = bool(code) and isinstance(error, asyncpg.ConnectionDoesNotExistError)
            is_end = isinstance(error, _HUNG_UP) and not isinstance(error, ConnectionRefusedError)
            if said_why or not is_end or _is_foreign_login(str(error)):
                raise self._meaning(error) from error
            # Hear once what speaks on that port.
            self._doubtful = True
            await greet(self._service, await self._context(), question)
            words = "closed the connection during the login or the question; look at its log"
            raise Refused(self.source, words) from error

    async def _look(self, question: Question, timeout: float) -> Vitals | Stranger:
        if self._kept is not None:
            # It may have ended since the last ask: that says nothing about the server of now.
            with suppress(*_HUNG_UP):
                return await self._query(self._kept, question, timeout)
        if not self._service.password or self._doubtful:
            greeting = await greet(self._service, await self._context(), question)
            if greeting is not None:
                return greeting
        self._kept = await self._connect(timeout)
        self._kept.add_termination_listener(self._ended)
        self._keeping.opened()
        answer = await self._query(self._kept, question, timeout)
        self._doubtful = False
        return answer

    async def _query(self, connection: asyncpg.Connection, question: Question, timeout: float) -> Vitals:
        question.late = LATE
        question.request, question.reproduce = QUESTION, self._line(QUESTION)
        try:
            found = await self._vitals(connection, timeout)
        except BaseException:
            # Half an answer may still be on its way: this connection can't be asked again.
            if connection is self._kept:
                self._kept = None
            connection.terminate()
            raise
        self._keeping.answered()
        return found

    def _ended(self, connection: asyncpg.Connection) -> None:
        if connection is self._kept:
            self._kept = None
            self._keeping.ended()

    async def _vitals(self, connection: asyncpg.Connection, timeout: float) -> Vitals:
        lacks = ""
        try:
            rows, latency = await self._ask(connection, QUESTION, timeout)
        except asyncpg.PostgresError as error:
            code, said, _ = _told(error)
            if is_lost_statement(code) and not self._is_pooled:
                self._is_pooled = True
                return await self._vitals(connection, timeout)
            lacks = lacking(self._service, code, said)
            if not lacks:
                raise
            if code == POOLER:
                return Vitals(None, lacks=lacks)
            try:
                rows, latency = await self._ask(connection, LEAST, timeout)
            except asyncpg.PostgresError as error_of_least:
                # An error of SQL after the login: it answers.
                if not lacking(self._service, *_told(error_of_least)[:2]):
                    raise
                return Vitals(None, lacks=lacks)
        if not rows:
            raise BadAnswer(self.source, "answers without a row; is this PostgreSQL?")
        found = Vitals(latency, lacks=lacks, **dict(rows[0]))
        if not isinstance(found.version, str) or not (lacks or isinstance(found.max_connections, int)):
            raise BadAnswer(self.source, "answers with columns of another type; is this PostgreSQL?")
        return found

    async def _ask(
        self, connection: asyncpg.Connection, query: str, timeout: float
    ) -> tuple[list[asyncpg.Record], float]:
        """The rows, and the seconds that their answer took: one round trip, as of every other kind."""
        if not self._is_pooled:
            return await _timed(connection, query)
        async with connection.transaction(readonly=True):
            await connection.execute(f"SET LOCAL statement_timeout = {_limit(timeout)}")
            return await _timed(connection, query)

    async def _fetch(self, question: Question, query: str, timeout: float) -> list[dict[str, Any]]:
        connection = await self._connect(timeout)
        question.late = LATE
        try:
            rows, _ = await self._ask(connection, query, timeout)
            return [dict(row) for row in rows]
        finally:
            connection.terminate()

    async def _connect(self, timeout: float) -> asyncpg.Connection:
        settings = {"application_name": "sutaz-tui"}
        if not self._is_pooled:
            settings |= {"default_transaction_read_only": "on", "statement_timeout": str(_limit(timeout))}
        service = self._service
        context = await self._context()
        guard()
        try:
            return await asyncpg.connect(
                host=self._host,
                port=self._port,
                user=service.user,
                password=service.password,
                database=service.database,
                # Left out, asyncpg would read PGSSLMODE, else try TLS first: one connection more at each start.
                ssl=context or False,
                timeout=timeout,
                # Prepared statements would not survive a pooler of transactions.
                statement_cache_size=0,
                server_settings=settings,
            )
        except asyncpg.PostgresError as error:
            if self._is_pooled or not is_unknown_setting(*_told(error)[:2]):
                raise
            self._is_pooled = True
        return await self._connect(timeout)

    async def _context(self) -> ssl.SSLContext | None:
        tls = self._service.tls
        return None if tls is None else await self._clients.contexts.get(tls, self.source)

    def _meaning(self, error: Exception) -> SourceError:
        code, said, detail = _told(error)
        if code:
            return meaning(self.source, self._service, code, said, detail)
        if isinstance(error, OSError):
            return network_error(self.source, self.address, error)
        if _is_foreign_login(str(error)):
            words = f"wants a login of {self._service.user} by a way that is not supported here"
            return Denied(self.source, f"{words}; pg_hba.conf of the server may take scram-sha-256")
        return BadAnswer(self.source, "does not keep to PostgreSQL's protocol; is this the right port?")

    def _question(self, query: str, logs_in: bool = True) -> Question:
        user = self._service.user
        request = query if logs_in else f"start-up packet of user {user}, without a login"
        line = self._line(query if logs_in else "")
        question = Question(self.source, self.address, self._clients.secrets, request, line)
        question.late = "no connection or no login"
        return question

    def _line(self, query: str) -> str:
        """The shell line that asks the same; without a query, what a stranger hears."""
        shell, service, tls = self._clients.shell, self._service, self._service.tls
        where = f"-h {shell.word(self._host)} -p {self._port} -U {shell.word(service.user)}"
        where += f" -d {shell.word(service.database)}"
        if not query:
            return f"pg_isready {where}"
        mode = "require" if tls and tls.verify == "insecure" else "verify-full"
        words = shell.tls(tls, f"PGSSLMODE={mode}", "", "PGSSLROOTCERT=", "PGSSLCERT=", "PGSSLKEY=")
        words += [f'PGPASSWORD="{shell.secret(service.password)}"'] if service.password else []
        asked = shell.word(query) if set(query) & set('"$`\\') else f'"{query}"'
        return " ".join([*words, "psql", where, "-Atc", asked])


async def _timed(connection: asyncpg.Connection, query: str) -> tuple[list[asyncpg.Record], float]:
    # The unnamed statement, as `fetch` would make it; describing it is a round trip of its own.
    statement = await connection.prepare(query, name="")
    started = time.perf_counter()
    return await statement.fetch(), time.perf_counter() - started


def _is_foreign_login(said: str) -> bool:
    """Whether asyncpg cannot log in the way that the server wants: Kerberos, OAuth, SCRAM with channel binding alone."""
    return "uthentication method" in said or "gssapi" in said


def _limit(timeout: float) -> int:
    """statement_timeout in ms for a question that has so many seconds."""
    return max(1, int(timeout * 800))


def _told(error: BaseException | None) -> tuple[str, str, str]:
    """SQLSTATE, message and detail of what the server said, "" where it did not.

    What it said before it hung up stands behind the error that it did.
    """
    if isinstance(error, asyncpg.ConnectionDoesNotExistError):
        error = error.__cause__
    if not isinstance(error, asyncpg.PostgresError):
        return "", "", ""
    said = str(error.args[0]) if error.args else ""
    return error.sqlstate or "", one_line(said, 120), one_line(getattr(error, "detail", None) or "", 80)


def _said(answer: Vitals | Stranger | Unready) -> str:
    if isinstance(answer, Vitals):
        told = [
            (field.name, getattr(answer, field.name)) for field in fields(answer) if field.name != "latency"
        ]
        return ", ".join(
            f"{name} {one_line(str(value), 60)}" for name, value in told if value not in (None, "")
        )
    return answer.words
