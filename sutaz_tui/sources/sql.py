"""Single SQL questions to PostgreSQL by asyncpg, a connection each: for checks, which ask seldom."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import asyncpg

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer, Denied, SourceError, TimedOut
from sutaz_tui.model import Step
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.postgres_frames import guard
from sutaz_tui.sources.tcp import split_address
from sutaz_tui.text.sanitise import one_line


class Sql:
    """Asks one PostgreSQL service; every connection is read-only and closed after its question."""

    def __init__(self, service: Postgres, clients: Clients) -> None:
        self._service = service
        self._clients = clients
        self._host, self._port = split_address(service.address)

    async def connect(self, timeout: float, password: str | None = None) -> asyncpg.Connection:
        """A read-only connection, to be closed by the caller; `password` in place of the configured one."""
        secret = self._service.password if password is None else password
        guard()
        tls = self._service.tls
        context = await self._clients.contexts.get(tls, self._service.title) if tls is not None else False
        return await self._guarded(
            "connect",
            timeout,
            asyncpg.connect(
                host=self._host,
                port=self._port,
                user=self._service.user,
                password=secret or None,
                database=self._service.database,
                timeout=timeout,
                ssl=context,
                passfile="",
                server_settings={"application_name": "sutaz-tui", "default_transaction_read_only": "on"},
            ),
        )

    async def rows(self, query: str, timeout: float = 5.0) -> list[dict[str, Any]]:
        """The rows of one question."""
        connection = await self.connect(timeout)
        try:
            found = await self._guarded(query, timeout, connection.fetch(query))
        finally:
            connection.terminate()
        return [dict(row) for row in found]

    async def _guarded(self, what: str, timeout: float, question: Any) -> Any:
        started = time.perf_counter()
        title, address = self._service.title, f"{self._host}:{self._port}"
        failure: SourceError
        cause: BaseException
        try:
            async with asyncio.timeout(timeout):
                answer = await question
        except TimeoutError as error:
            failure, cause = TimedOut(title, f"no answer within {timeout:g} s"), error
        except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
            failure, cause = Denied(title, f"login refused: {one_line(str(error), 120)}"), error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            failure, cause = BadAnswer(title, one_line(str(error), 200)), error
        except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
            # The built-in ones are how asyncpg's own decoding of a strange server's bytes fails.
            failure, cause = network_error(title, address, error), error
        else:
            self._record(
                what,
                "ok" if what == "connect" else f"{len(answer)} rows: {one_line(str(answer), 2000)}",
                started,
            )
            return answer
        self._record(what, str(failure), started)
        try:
            raise failure from cause
        finally:
            del failure, cause  # see failures.py

    def _record(self, what: str, answer: str, started: float) -> None:
        shell, service = self._clients.shell, self._service
        login = f'PGPASSWORD="{shell.secret(service.password)}" ' if service.password else ""
        query = "SELECT 1" if what == "connect" else what
        line = f"{login}psql -h {self._host} -p {self._port} -U {service.user} -d {service.database} -Atc {shell.word(query)}"
        mask = self._clients.secrets.mask
        record(Step(service.title, mask(query), mask(answer), time.perf_counter() - started, line))


async def close_quietly(connection: asyncpg.Connection) -> None:
    """Close a connection whatever state it is in."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()
