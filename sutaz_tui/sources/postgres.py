"""PostgreSQL by asyncpg: one kept read-only connection, one question an ask; else what strangers hear."""

import asyncio
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from asyncpg.pgproto import pgproto

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError, TimedOut
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.postgres_frames import guard
from sutaz_tui.sources.tcp import split_address, spoken
from sutaz_tui.text.sanitise import one_line

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
    " current_database() AS database,"
    " pg_postmaster_start_time() AS started,"
    " (CASE WHEN NOT pg_is_in_recovery() THEN NULL"
    " WHEN EXISTS (SELECT 1 FROM pg_stat_wal_receiver)"
    " AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
    " ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END)::float8 AS lag"
)
PROTOCOL_3 = 196608
_GREETING_LIMIT = 65_536
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
    """What PostgreSQL says of itself; seconds; None where this role may not see it or it does not apply."""

    version: str
    connections: int
    max_connections: int
    in_recovery: bool
    oldest_transaction: float | None
    database: str
    started: datetime
    lag: float | None
    latency: float


@dataclass(frozen=True, slots=True)
class Stranger:
    """It is PostgreSQL, it answers, and it wants a login that is not configured; `words` is what it said."""

    words: str
    latency: float


@dataclass(frozen=True, slots=True)
class Unready:
    """It is PostgreSQL, it answers, but takes nobody in: `word` is "full", "starting" or "stopping"."""

    word: str
    words: str
    latency: float


class PostgresClient:
    """Asks one PostgreSQL server as the service's user."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._kept: asyncpg.Connection | None = None
        # The port kept silent or hung up: the next ask first listens to what speaks there.
        self._doubtful = False

    async def ask(self, timeout: float) -> Vitals | Stranger | Unready:
        """One answer within `timeout` seconds; raises Unreachable, Refused, TimedOut, BadAnswer or Denied."""
        started = time.perf_counter()
        is_fresh = self._kept is None
        phase = _Phase()
        failure: SourceError
        try:
            async with asyncio.timeout(timeout):
                answer = await self._ask(timeout, phase)
        except TimeoutError as error:
            self._doubtful = is_fresh
            failure = TimedOut(self.source, f"{phase.late()} within {timeout:g} s")
            failure.__cause__ = error
        except SourceError as error:
            failure = error
        else:
            self._record(_said(answer), started, phase, is_fresh)
            return answer
        self._record(str(failure), started, phase, is_fresh)
        try:
            raise failure
        finally:
            del failure  # see failures.py

    async def aclose(self) -> None:
        """Close the kept connection; the next ask opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.terminate()

    async def _ask(self, timeout: float, phase: "_Phase") -> Vitals | Stranger | Unready:
        begun = time.perf_counter()
        try:
            if self._kept is not None:
                # It may have ended since the last ask: that says nothing about the server of now.
                with suppress(*_HUNG_UP):
                    return await self._query(self._kept, phase)
            if not self._service.password or self._doubtful:
                greeting = await self._greet(phase)
                if greeting is not None:
                    return greeting
                phase.is_greeted = True
            self._kept = await self._connect(timeout)
            answer = await self._query(self._kept, phase)
        except (*_CLIENT_ERRORS, OSError) as error:
            said = one_line(self._clients.secrets.mask(str(error)), 120)
            if unready := _unready(getattr(error, "sqlstate", None) or "", said, time.perf_counter() - begun):
                return unready
            if isinstance(error, _HUNG_UP) and not isinstance(error, ConnectionRefusedError):
                return await self._explain(error, phase)
            raise self._failure(error, said) from error
        self._doubtful = False
        return answer

    async def _connect(self, timeout: float) -> asyncpg.Connection:
        service = self._service
        # Left out, asyncpg would read PGSSLMODE, else try TLS first: one connection more at each start.
        context = False if service.tls is None else await self._clients.contexts.get(service.tls, self.source)
        guard()
        return await asyncpg.connect(
            host=self._host,
            port=self._port,
            user=service.user,
            password=service.password,
            database=service.database,
            ssl=context,
            timeout=timeout,
            # Prepared statements would not survive a pgbouncer that pools transactions.
            statement_cache_size=0,
            server_settings={
                "application_name": "sutaz-tui",
                "default_transaction_read_only": "on",
                "statement_timeout": str(max(1, int(timeout * 800))),
            },
        )

    async def _query(self, connection: asyncpg.Connection, phase: "_Phase") -> Vitals:
        phase.is_connected = phase.is_asked = True
        started = time.perf_counter()
        try:
            row = await connection.fetchrow(QUESTION)
        except BaseException:
            # Half an answer may still be on its way: this connection can't be asked again.
            if connection is self._kept:
                self._kept = None
            connection.terminate()
            raise
        return self._vitals(row, time.perf_counter() - started)

    def _vitals(self, row: Any, latency: float) -> Vitals:
        if row is None:
            raise BadAnswer(self.source, "answers without a row; is this PostgreSQL?")
        found = Vitals(**dict(row), latency=latency)
        if not isinstance(found.version, str) or not isinstance(found.max_connections, int):
            raise BadAnswer(self.source, "answers with columns of another type; is this PostgreSQL?")
        return found

    async def _explain(self, error: BaseException, phase: "_Phase") -> Vitals | Stranger | Unready:
        """The server hung up in the middle: hear once what speaks on that port."""
        self._doubtful = True
        greeting = await self._greet(phase)
        if greeting is None or isinstance(greeting, Stranger):
            words = "closed the connection during the login or the question; look at its log"
            raise Refused(self.source, words) from error
        return greeting

    async def _greet(self, phase: "_Phase") -> Stranger | Unready | None:
        """What the server tells a stranger of this user's name; None when a login is the way on."""
        service = self._service
        started = time.perf_counter()
        words = (
            f"user\0{service.user}\0database\0{service.database}\0application_name\0sutaz-tui\0\0".encode()
        )
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=_GREETING_LIMIT)
            phase.is_connected = True
            try:
                writer.write(struct.pack("!II", len(words) + 8, PROTOCOL_3) + words)
                kind, body = await self._message(reader)
                if kind == b"R" and body[:4] == b"\0\0\0\0":
                    writer.write(b"X\0\0\0\x04")
            finally:
                writer.close()
        except OSError as error:
            raise network_error(self.source, self.address, error) from error
        latency = time.perf_counter() - started
        if kind == b"R":
            wanted = int.from_bytes(body[:4], "big")
            if wanted == 0:
                return None
            return None if service.password else Stranger("wants a password", latency)
        fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
        code, said = fields.get(b"C", ""), one_line(fields.get(b"M", ""), 120)
        if unready := _unready(code, said, latency):
            return unready
        return None if service.password else Stranger(f"refuses strangers: {said}", latency)

    async def _message(self, reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
        """The first message: an authentication request (R) or an error (E), else it is not PostgreSQL."""
        header = b""
        while len(header) < 5 and (part := await reader.read(5 - len(header))):
            header += part
        length = int.from_bytes(header[1:5], "big")
        if not header:
            raise BadAnswer(
                self.source, f"{self.address} closed the connection without an answer; is this PostgreSQL?"
            )
        if len(header) < 5 or header[:1] not in b"RE" or not 8 <= length <= _GREETING_LIMIT:
            rest = await reader.read(200) if len(header) == 5 else b""
            raise BadAnswer(
                self.source, f"answers as {spoken(header + rest)}, not as PostgreSQL; is this the right port?"
            )
        try:
            return header[:1], await reader.readexactly(length - 4)
        except asyncio.IncompleteReadError as error:
            raise BadAnswer(self.source, "closed the connection in the middle of its greeting") from error

    def _failure(self, error: BaseException, said: str) -> SourceError:
        service = self._service
        match error:
            case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
                return Denied(
                    self.source,
                    f"the login of {service.user} is refused; check user and password in the config",
                )
            case asyncpg.InvalidCatalogNameError():
                return Denied(
                    self.source, f"has no database {service.database}; check `database` in the config"
                )
            case asyncpg.InsufficientPrivilegeError():
                return Denied(self.source, f"{service.user} lacks a right: {said}; grant it pg_monitor")
            case asyncpg.QueryCanceledError():
                return TimedOut(
                    self.source, "cancelled our question: it took longer than its statement_timeout"
                )
            case asyncpg.PostgresError():
                return BadAnswer(self.source, f"answers with an error: {said}")
            case OSError():
                return network_error(self.source, self.address, error)
        return BadAnswer(self.source, "does not keep to PostgreSQL's protocol; is this the right port?")

    def _record(self, answer: str, started: float, phase: "_Phase", is_fresh: bool) -> None:
        elapsed = time.perf_counter() - started
        shell, service = self._clients.shell, self._service
        where = f"-h {shell.word(self._host)} -p {self._port} -U {shell.word(service.user)}"
        where += f" -d {shell.word(service.database)}"
        if phase.is_asked or service.password:
            login = f'PGPASSWORD="{shell.secret(service.password)}" ' if service.password else ""
            request, line = QUESTION, f'{login}psql {where} -Atc "{QUESTION}"'
        else:
            request, line = f"start-up packet of user {service.user}, without a login", f"pg_isready {where}"
        timing = Timing(total=elapsed, reused=not is_fresh)
        mask = self._clients.secrets.mask
        record(Step(self.source, mask(request), mask(answer), elapsed, mask(line), timing))


class _Phase:
    """How far an ask got, for the words of a time-out."""

    is_connected = False
    is_greeted = False
    is_asked = False

    def late(self) -> str:
        if self.is_asked:
            return "connected, but no answer to the question"
        if self.is_greeted:
            return "greeted, but the login did not end"
        return "connected, but no greeting" if self.is_connected else "no connection or no login"


def _unready(code: str, words: str, latency: float) -> Unready | None:
    """SQLSTATE 53300 too_many_connections, 57P03 cannot_connect_now, 57P01 admin_shutdown."""
    if code == "53300":
        return Unready("full", words, latency)
    if code == "57P01" or (code == "57P03" and "shut" in words):
        return Unready("stopping", words, latency)
    return Unready("starting", words, latency) if code == "57P03" else None


def _said(answer: Vitals | Stranger | Unready) -> str:
    if isinstance(answer, Vitals):
        names = (
            "version",
            "connections",
            "max_connections",
            "in_recovery",
            "oldest_transaction",
            "database",
            "started",
        )
        return ", ".join(f"{name} {one_line(str(getattr(answer, name)), 60)}" for name in (*names, "lag"))
    return answer.words
