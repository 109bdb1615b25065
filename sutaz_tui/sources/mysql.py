"""MySQL and MariaDB by aiomysql: one kept connection that reads what the server tells of itself.

A connection that ends before its login is counted by the server (max_connect_errors), which shuts out a host for it:
without a login to send none is opened, and none is opened only to look at the greeting.
"""

import asyncio
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiomysql
import pymysql

from sutaz_tui.config.kinds import Mysql
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.failures import network_error, no_tls
from sutaz_tui.sources.question import Question, login_refused
from sutaz_tui.sources.tcp import split_address
from sutaz_tui.text.sanitise import one_line

_STATUS = ("Uptime", "Threads_connected", "Threads_running", "Slow_queries", "Questions", "Aborted_connects")
_VARIABLES = (
    "version", "version_comment", "read_only", "max_connections", "innodb_flush_log_at_trx_commit", "innodb_doublewrite",
)  # fmt: skip
_NOT_TOLD = (1064, 1227, 1235, 3599)
"""What a server answers to who may not, or cannot, ask of replication."""
_LOST = (2006, 2013, 2055)


LIMIT = 1024 * 1024
"""Bytes that are read of the answers of one round: a packet may be 16 MiB long, and a server need never end."""


class _Bounded(aiomysql.Connection):  # type: ignore[misc]  # it has no types
    """A connection of which no more is read than `left`."""

    left = LIMIT

    async def _read_bytes(self, num_bytes: int) -> bytes:
        self.left -= num_bytes
        if self.left < 0:
            raise ValueError("more than is read")
        data: bytes = await super()._read_bytes(num_bytes)
        return data


class Full(Refused):
    """It takes no more connections."""


@dataclass(frozen=True, slots=True)
class MysqlState:
    """What the server tells: its status and variables by lower-case name, its replica's (None: none, or not told), seconds."""

    known: Mapping[str, str]
    replica: Mapping[str, str] | None
    latency: float


class MysqlApi:
    """One server; `ask` raises SourceError."""

    def __init__(self, service: Mysql, clients: Clients) -> None:
        self.service = service
        self._clients = clients
        self._host, self._port = split_address(service.address)
        self._connection: _Bounded | None = None
        self._turn = asyncio.Lock()
        """A connection answers one question at a time, and checks ask side by side."""
        word, secret = clients.shell.word, clients.shell.secret(service.password)
        self._line = (
            f'MYSQL_PWD="{secret}" mysql -h {word(self._host)} -P {self._port} --protocol=tcp -u {word(service.user)} '
            "-e 'SHOW GLOBAL STATUS'"
        )

    async def ask(self, timeout: float) -> MysqlState:
        """One round of questions, by a fresh connection where the kept one was closed meanwhile."""
        service = self.service
        question = Question(
            service.title, service.address, self._clients.secrets, "SHOW GLOBAL STATUS", self._line
        )
        question.late, question.tls = "no connection, or no login", service.tls
        try:
            async with question.within(timeout), self._turn:
                question.is_reused = self._connection is not None
                try:
                    state = await self._ask(question)
                except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
                    if not question.is_reused or not _is_lost(error):
                        raise self._meaning(error) from error
                    # The server, or somebody between, closed it while it was idle: no word on its health.
                    self.close()
                    question.is_reused = False
                    state = await self._afresh(question)
                question.answer = ", ".join(f"{key} {value}" for key, value in state.known.items())
                return state
        except BaseException:
            self.close()
            raise

    async def _afresh(self, question: Question) -> MysqlState:
        try:
            return await self._ask(question)
        except (pymysql.err.MySQLError, OSError) as error:
            raise self._meaning(error) from error

    async def _ask(self, question: Question) -> MysqlState:
        try:
            connection = self._connection or await self._connect()
            self._connection, connection.left = connection, LIMIT
            question.late = "logged in, but no answer"
            known = await _pairs(connection, f"SHOW GLOBAL VARIABLES WHERE Variable_name IN {_VARIABLES}")
            known |= await _pairs(connection, f"SHOW GLOBAL STATUS WHERE Variable_name IN {_STATUS}")
            return MysqlState(known, await _replica(connection), question.timing().total)
        except (pymysql.err.ProgrammingError, pymysql.err.InternalError, RuntimeError) as error:
            raise self._meaning(error) from error
        except (AssertionError, LookupError, ValueError, TypeError, AttributeError) as error:
            words = "does not keep to MySQL's protocol; is this the right port?"
            raise BadAnswer(self.service.title, words) from error

    async def _connect(self) -> _Bounded:
        service = self.service
        context = await self._clients.contexts.get(service.tls, service.title) if service.tls else None
        connection = _Bounded(
            host=self._host,
            port=self._port,
            user=service.user,
            password=service.password,
            db=service.database or None,
            ssl=context,
            autocommit=True,
            program_name="sutaz-tui",
        )
        await connection._connect()
        if context is not None and connection._writer.get_extra_info("ssl_object") is None:
            connection.close()
            raise no_tls(service.title, service.address)
        return connection

    def _meaning(self, error: Exception) -> SourceError:
        service, title = self.service, self.service.title
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        said = one_line(str(error.args[1]) if len(error.args) > 1 else str(error), 120)
        match code:
            case 1045 | 1698:
                return login_refused(title, service.user)
            case 1040 | 1203 | 1226:
                return Full(title, f"takes no more connections: {said}")
            case 1129:
                return Refused(
                    title,
                    "shuts this host out after too many failed connects; mysqladmin flush-hosts opens it",
                )
            case 1044 | 1049 | 1130 | 1251 | 2059:
                return Denied(title, f"the login of {service.user} is refused: {said}")
        if "cryptography" in str(error):
            words = (
                "its login (caching_sha2_password) needs tls, or the library cryptography: sutaz-tui[mysql]"
            )
            return Denied(title, words)
        if code and code < 2000:
            return BadAnswer(title, f"answers {said} ({code})")
        return network_error(title, service.address, error, service.tls)

    def close(self) -> None:
        """Let go of the kept connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def aclose(self) -> None:
        """Say good-bye, so that the server does not count an aborted client."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                async with asyncio.timeout(1.0):
                    await connection.ensure_closed()
            except (OSError, TimeoutError, pymysql.err.MySQLError):
                connection.close()


def _is_lost(error: Exception) -> bool:
    is_told = bool(error.args) and error.args[0] in _LOST
    return is_told or isinstance(error, OSError | pymysql.err.InterfaceError)


async def _pairs(connection: aiomysql.Connection, query: str) -> dict[str, str]:
    async with connection.cursor() as cursor:
        await cursor.execute(query)
        return {str(row[0]).lower(): one_line(str(row[1]), 80) for row in await cursor.fetchall()}


async def _replica(connection: aiomysql.Connection) -> Mapping[str, str] | None:
    try:
        async with connection.cursor(aiomysql.DictCursor) as cursor:
            await cursor.execute("SHOW REPLICA STATUS")
            row: Mapping[str, Any] | None = await cursor.fetchone()
    except pymysql.err.MySQLError as error:
        if error.args and error.args[0] in _NOT_TOLD:
            return None
        raise
    if row is None:
        return None
    # MySQL says Replica and Source where MariaDB says Slave and Master.
    return {key.lower().replace("slave", "replica").replace("master", "source"): str(row[key]) for key in row}
