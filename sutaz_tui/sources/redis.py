"""Redis by redis.asyncio: one kept connection, PING and INFO, no retries; bounded, for INFO is a few KiB."""

import asyncio
import math
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis.exceptions as redis
from redis._parsers import _AsyncRESP2Parser
from redis.asyncio import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sutaz_tui.config.kinds import Redis
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError, TimedOut
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.tcp import split_address, spoken
from sutaz_tui.text.sanitise import head, one_line

READ_LIMIT = 1024 * 1024
KEEP_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Info:
    """INFO's `field:value` lines as they came, and the seconds that the PING before it took."""

    fields: Mapping[str, str]
    latency: float

    def number(self, name: str) -> float | None:
        """A field as a number, None when it is not there or none."""
        try:
            value = float(self.fields[name])
        except (KeyError, ValueError):
            return None
        return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Stranger:
    """It is Redis, it answers, and it wants a login that is not configured."""

    latency: float


@dataclass(frozen=True, slots=True)
class Unready:
    """It is Redis, it answers, and it serves nobody now: `word` is "loading", "full" or "closed"."""

    word: str
    words: str
    latency: float


class _Parser(_AsyncRESP2Parser):
    """RESP2 that reads at most READ_LIMIT bytes a connection's question: lengths come from outside."""

    left = READ_LIMIT
    first = b""

    async def _read(self, length: int) -> bytes:
        self._take(length)
        return await super()._read(length)

    async def _readline(self) -> bytes:
        try:
            line = await super()._readline()
        except ValueError as error:
            raise redis.InvalidResponse("a line without an end") from error
        self.first = self.first or line[:200]
        self._take(len(line) + 2)
        return line

    def _take(self, length: int) -> None:
        self.left -= length
        if self.left < 0:
            raise redis.InvalidResponse("more than 1 MiB")


class _Connection(Connection):
    """A connection with a TLS context of ours: redis-py would build one on the event loop, 45 ms deaf."""

    context: ssl.SSLContext | None = None

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), "ssl": self.context}


class RedisClient:
    """Asks one Redis server as the service's user."""

    def __init__(self, service: Redis, clients: Clients) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._kept: Connection | None = None
        self._parser: _Parser | None = None

    async def ask(self, timeout: float) -> Info | Stranger | Unready:
        """PING and INFO within `timeout` seconds; raises Unreachable, Refused, TimedOut, BadAnswer, Denied."""
        started = time.perf_counter()
        is_fresh = self._kept is None
        try:
            async with asyncio.timeout(timeout):
                answer = await self._ask(timeout)
        except TimeoutError as error:
            failure: SourceError = TimedOut(self.source, f"no answer to PING and INFO within {timeout:g} s")
            failure.__cause__ = error
        except SourceError as error:
            failure = error
        except (redis.RedisError, OSError, ValueError, RecursionError) as error:
            failure = self._failure(error)
            failure.__cause__ = error
        else:
            self._record(_said(answer), started, is_fresh)
            return answer
        self._record(str(failure), started, is_fresh)
        try:
            raise failure
        finally:
            del failure  # see failures.py

    async def aclose(self) -> None:
        """Close the kept connection; the next ask opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.disconnect(nowait=True)

    async def _ask(self, timeout: float) -> Info | Stranger | Unready:
        if self._kept is not None:
            try:
                return await self._question(self._kept)
            except redis.ConnectionError:
                # Its `timeout`, or a restart, may have closed a kept connection: that says nothing of it now.
                pass
        tls = self._service.tls
        context = None if tls is None else await self._clients.contexts.get(tls, self.source)
        self._kept = self._connection(timeout, context)
        return await self._question(self._kept)

    def _connection(self, timeout: float, context: ssl.SSLContext | None) -> _Connection:
        service = self._service
        connection = _Connection(
            host=self._host,
            port=self._port,
            username=service.user or None,
            password=service.password or None,
            protocol=2,
            parser_class=_Parser,
            driver_info=None,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
        )
        connection.context = context
        return connection

    async def _question(self, connection: Connection) -> Info | Stranger | Unready:
        is_done = False
        started = time.perf_counter()
        try:
            await self._login(connection)
            started = time.perf_counter()
            await self._send(connection, "PING")
            latency = time.perf_counter() - started
            raw = await self._send(connection, "INFO")
            is_done = True
        except (redis.AuthenticationError, redis.NoPermissionError, redis.AuthorizationError):
            if self._service.password:
                raise
            return Stranger(time.perf_counter() - started)
        except redis.BusyLoadingError:
            return Unready("loading", "is loading its data into memory", time.perf_counter() - started)
        except redis.ConnectionError as error:
            if str(error) != "max number of clients reached":
                raise
            return Unready("full", "has no connection left (maxclients)", time.perf_counter() - started)
        except redis.ResponseError as error:
            words = one_line(str(error), 120)
            if words.startswith("DENIED"):
                return Unready(
                    "closed", "is in protected mode: it lets in loopback only", time.perf_counter() - started
                )
            raise
        finally:
            if not is_done:
                await self.aclose()
        return Info(self._fields(raw), latency)

    async def _login(self, connection: Connection) -> None:
        parser = connection._parser
        assert isinstance(parser, _Parser)
        parser.left, parser.first = READ_LIMIT, b""
        self._parser = parser
        if not connection.is_connected:
            await connection.connect_check_health()

    async def _send(self, connection: Connection, *words: str) -> Any:
        await connection.send_command(*words)
        answer = await connection.read_response()
        if words == ("PING",) and answer != b"PONG":
            raise redis.InvalidResponse("PING is not answered by PONG")
        return answer

    def _fields(self, raw: Any) -> dict[str, str]:
        if not isinstance(raw, bytes):
            raise BadAnswer(self.source, "INFO is not answered by text; is this Redis?")
        lines = (line.partition(":") for line in raw.decode("utf-8", "replace").splitlines())
        fields = {
            name: one_line(value, 200) for name, colon, value in lines if colon and not name.startswith("#")
        }
        if "redis_version" not in fields and "valkey_version" not in fields:
            raise BadAnswer(self.source, "INFO does not tell a version; is this Redis?")
        return fields

    def _failure(self, error: BaseException) -> SourceError:
        user = self._service.user or "the default user"
        first = self._parser.first if self._parser else b""
        said = one_line(self._clients.secrets.mask(str(error)), 120)
        match error:
            case redis.NoPermissionError() | redis.AuthorizationError():
                return Denied(self.source, f"{user} may not ask PING and INFO; grant it +ping +info")
            # redis-py takes any answer to AUTH but OK for a refusal.
            case redis.AuthenticationError() if first.startswith(b"-"):
                return Denied(
                    self.source, f"the login of {user} is refused; check user and password in the config"
                )
            case redis.ResponseError():
                return BadAnswer(self.source, f"answers with an error: {said}")
            case redis.InvalidResponse() | redis.AuthenticationError() | ValueError() | RecursionError():
                heard = spoken(first)
                words = "does not keep to" if heard == "Redis" else f"answers as {heard}, not in"
                return BadAnswer(self.source, f"{words} Redis' protocol; is this the right port?")
        failure = network_error(self.source, self.address, error)
        if type(failure) is Refused and failure.words.startswith(f"{self.address} closed"):
            return Refused(
                self.source, f"{self.address} closed the connection without an answer; is this Redis?"
            )
        return failure

    def _record(self, answer: str, started: float, is_fresh: bool) -> None:
        elapsed = time.perf_counter() - started
        shell, service = self._clients.shell, self._service
        login = f'REDISCLI_AUTH="{shell.secret(service.password)}" ' if service.password else ""
        user = f" --user {shell.word(service.user)}" if service.user else ""
        line = f"{login}redis-cli -h {shell.word(self._host)} -p {self._port}{user} info"
        mask = self._clients.secrets.mask
        record(
            Step(
                what=self.source,
                request=f"PING, INFO to {self.address}",
                answer=mask(answer),
                elapsed=elapsed,
                reproduce=mask(line),
                timing=Timing(total=elapsed, reused=not is_fresh),
            )
        )


def _said(answer: Info | Stranger | Unready) -> str:
    match answer:
        case Info(fields):
            text = "\n".join(f"{name}:{value}" for name, value in fields.items())
            return head(f"PONG\n{text}".encode(), KEEP_LIMIT)
        case Stranger():
            return "NOAUTH: wants a password"
        case Unready(_, words):
            return words
