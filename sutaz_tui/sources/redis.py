"""Redis by redis.asyncio: PING and INFO for its probe, single commands for checks; no retries, bounded answers."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

import redis.asyncio
from redis import exceptions

from sutaz_tui.config.kinds import Redis
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.question import Question, login_refused
from sutaz_tui.sources.redis_connection import READ_LIMIT, RedisConnection, TooMuch
from sutaz_tui.sources.tcp import split_address, spoken, stranger
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

CONNECTIONS = 2
"""Checks that ask at once wait for one of so many connections."""
_ERRORS = (exceptions.RedisError, ValueError, RecursionError)


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


class RedisClient:
    """Asks one Redis server as the service's user."""

    def __init__(self, service: Redis, clients: Clients) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._free: list[RedisConnection] = []
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, timeout: float) -> Info | Stranger | Unready:
        """PING and INFO within `timeout` seconds; raises Unreachable, Refused, TimedOut, BadAnswer, Denied."""
        question = self._question(f"PING, INFO to {self.address}", "info")
        answer: Info | Stranger | Unready
        async with question.within(timeout):
            try:
                answer = await self._on_connection(question, self._vitals)
            except _ERRORS as error:
                unserved = self._unserved(error, time.perf_counter() - question.started)
                if unserved is None:
                    raise self._meaning(error, question, "PING", "INFO") from error
                answer = unserved
            question.answer = _said(answer)
        return answer

    async def command(self, *words: str | int, timeout: float = 5.0) -> Any:
        """What is answered to one command, texts decoded; raises what `ask` does, BadAnswer for an error answer."""
        text, name = " ".join(self._clients.shell.word(str(word)) for word in words), str(words[0]).upper()
        question = self._question(text, text)
        async with question.within(timeout):
            try:
                answer = await self._on_connection(question, lambda connection: connection.reply(*words))
            except _ERRORS as error:
                raise self._meaning(error, question, name) from error
            if parse := _parsers().get(name):
                answer = parse(answer)
            question.answer = str(answer)
        return answer

    async def aclose(self) -> None:
        """Close the kept connections; the next question opens another."""
        while self._free:
            await self._free.pop().disconnect(nowait=True)

    async def _on_connection(self, question: Question, talk: Callable[[RedisConnection], Awaitable[T]]) -> T:
        async with self._turns:
            if self._free:
                question.is_reused = True
                # Its `timeout`, or a restart, may have closed a kept connection: that says nothing of it now.
                with suppress(exceptions.ConnectionError):
                    return await self._use(self._free.pop(), question, talk)
            return await self._use(await self._made(), question, talk)

    async def _use(
        self, connection: RedisConnection, question: Question, talk: Callable[[RedisConnection], Awaitable[T]]
    ) -> T:
        """Log in where that is to be done, and talk; kept only where all went well."""
        parser = connection.parser
        parser.left, parser.first = READ_LIMIT, b""
        is_done = False
        try:
            await connection.connect_check_health()
            told = await talk(connection)
            is_done = True
        finally:
            question.heard = parser.first
            if is_done:
                self._free.append(connection)
            else:
                await connection.disconnect(nowait=True)
        return told

    async def _made(self) -> RedisConnection:
        service = self._service
        tls = service.tls
        context = None if tls is None else await self._clients.contexts.get(tls, self.source)
        return RedisConnection(self._host, self._port, service.user, service.password, context)

    async def _vitals(self, connection: RedisConnection) -> Info:
        started = time.perf_counter()
        if await connection.reply("PING") != "PONG":
            raise exceptions.InvalidResponse("PING is not answered by PONG")
        latency = time.perf_counter() - started
        raw = await connection.reply("INFO")
        if not isinstance(raw, str):
            raise BadAnswer(self.source, "INFO is not answered by text; is this Redis?")
        lines = (line.partition(":") for line in raw.splitlines())
        fields = {
            name: one_line(value, 200) for name, colon, value in lines if colon and not name.startswith("#")
        }
        if "redis_version" not in fields and "valkey_version" not in fields:
            raise BadAnswer(self.source, "INFO does not tell a version; is this Redis?")
        return Info(fields, latency)

    def _unserved(self, error: Exception, latency: float) -> Stranger | Unready | None:
        """What an error says of a Redis that answers and serves nobody, or nobody without a password."""
        match error:
            case exceptions.BusyLoadingError():
                return Unready("loading", "is loading its data into memory", latency)
            case exceptions.ConnectionError(args=("max number of clients reached",)):
                return Unready("full", "has no connection left (maxclients)", latency)
            case exceptions.ResponseError() if str(error).startswith("DENIED"):
                return Unready("closed", "is in protected mode: it lets in loopback only", latency)
            case (
                exceptions.AuthenticationError()
                | exceptions.NoPermissionError()
                | exceptions.AuthorizationError()
            ) if not self._service.password:
                return Stranger(latency)
        return None

    def _meaning(self, error: Exception, question: Question, *asked: str) -> SourceError:
        user = self._service.user or "the default user"
        match self._unserved(error, 0.0):
            case Stranger():
                return Denied(self.source, "wants a password; set one in the config")
            case Unready(words=words):
                return BadAnswer(self.source, f"{words}; look at its log")
        did = "closed"
        match error:
            case exceptions.NoPermissionError() | exceptions.AuthorizationError():
                rights = " ".join(f"+{name.lower()}" for name in asked)
                return Denied(self.source, f"{user} may not ask {' and '.join(asked)}; grant it {rights}")
            # redis-py takes any answer to AUTH but OK for a refusal.
            case exceptions.AuthenticationError() if question.heard.startswith(b"-"):
                return login_refused(self.source, user)
            case exceptions.ResponseError():
                said = one_line(str(error), 200)
                return BadAnswer(self.source, f"answers with an error: {said}")
            case TooMuch():
                words = f"answers as {spoken(question.heard)}, more than 1 MiB; is this the right port?"
                return BadAnswer(self.source, words)
            case exceptions.AuthenticationError():
                pass
            case exceptions.ConnectionError() | exceptions.TimeoutError():
                failure = network_error(self.source, self.address, error)
                is_hung_up = type(failure) is Refused and "the connection" in failure.words
                if question.heard or not is_hung_up:
                    return failure
                did = "reset" if "reset" in failure.words else did
        is_tls = self._service.tls is not None
        return stranger(self.source, self.address, "Redis", question.heard, is_tls=is_tls, did=did)

    def _question(self, request: str, command: str) -> Question:
        shell, service = self._clients.shell, self._service
        login = f'REDISCLI_AUTH="{shell.secret(service.password)}" ' if service.password else ""
        words = ["redis-cli", "-h", shell.word(self._host), "-p", str(self._port)]
        words += shell.tls(service.tls, "--tls", "--insecure", "--cacert ", "--cert ", "--key ")
        words += ["--user", shell.word(service.user)] if service.user else []
        line = login + " ".join([*words, command])
        question = Question(self.source, self.address, self._clients.secrets, request, line)
        if service.tls is not None:
            # A Redis without TLS waits for the end of the line that a handshake seems to begin.
            question.late = "no answer over TLS"
        return question


@cache
def _parsers() -> Mapping[str, Callable[[Any], Any]]:
    """What redis-py makes of a command's reply: INFO's lines become a mapping, OK becomes True."""
    made: Any = redis.asyncio.Redis(protocol=2)
    return cast("Mapping[str, Callable[[Any], Any]]", made.response_callbacks)


def _said(answer: Info | Stranger | Unready) -> str:
    match answer:
        case Info(fields):
            return "\n".join(["PONG", *(f"{name}:{value}" for name, value in fields.items())])
        case Stranger():
            return "NOAUTH: wants a password"
        case Unready(_, words):
            return words
