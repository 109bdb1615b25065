"""Redis by redis.asyncio: PING and INFO for its probe, single commands for checks; no retries, bounded answers."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

import redis.asyncio
from redis import exceptions

from sutaz_tui.config.kinds import Redis
from sutaz_tui.errors import BadAnswer, Refused, SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.kept import Keeping, nobody
from sutaz_tui.sources.question import Question
from sutaz_tui.sources.redis_connection import READ_LIMIT, ErrorReply, RedisConnection, TooMuch
from sutaz_tui.sources.redis_refusals import Unready, grant, is_missing_right, meaning, unready
from sutaz_tui.sources.tcp import split_address, spoken, stranger
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

CONNECTIONS = 2
"""Checks that ask at once wait for one of so many connections."""
_WITH_SUBCOMMANDS = frozenset({"ACL", "CLIENT", "CLUSTER", "CONFIG", "LATENCY", "MEMORY", "SLOWLOG", "XINFO"})
_RESP = (b"+", b"-", b":", b"$", b"*")
_ERRORS = (exceptions.RedisError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Info:
    """INFO's `field:value` lines as they came, CLUSTER INFO's beside them in a cluster, and PING's time in seconds.

    `lacks` says what of it is not told and why; `unready` is what PING answered instead of PONG.
    """

    fields: Mapping[str, str]
    latency: float
    lacks: str = ""
    unready: Unready | None = None

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


class RedisClient:
    """Asks one Redis server as the service's user; `ended` hears that it ended a kept connection."""

    def __init__(self, service: Redis, clients: Clients, ended: Callable[[], object] = nobody) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._free: list[RedisConnection] = []
        self._keeping = Keeping(ended)
        self._turns = asyncio.Semaphore(CONNECTIONS)
        # Without a login a kept connection stays let in when the server starts to want one; from Redis 6.2 on
        # RESET makes it a new one.
        self._resets = not service.password

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
        asked = f"{name}|{str(words[1]).upper()}" if name in _WITH_SUBCOMMANDS and len(words) > 1 else name
        question = self._question(text, text)
        async with question.within(timeout):
            try:
                answer = await self._on_connection(question, lambda connection, _: connection.reply(*words))
            except _ERRORS as error:
                raise self._meaning(error, question, asked) from error
            if parse := _parsers().get(name):
                answer = parse(answer)
            question.answer = str(answer)
        return answer

    async def aclose(self) -> None:
        """Close the kept connections; the next question opens another."""
        while self._free:
            connection = self._free.pop()
            await connection.rouse()
            await connection.disconnect(nowait=True)

    async def _on_connection(
        self, question: Question, talk: Callable[[RedisConnection, Question], Awaitable[T]]
    ) -> T:
        async with self._turns:
            if self._keeping.is_old:
                await self.aclose()
            if self._free:
                question.is_reused = True
                # Its `timeout`, or a restart, may have closed a kept connection: that says nothing of it now.
                with suppress(exceptions.ConnectionError):
                    return await self._use(self._free.pop(), question, talk)
            question.is_reused = False
            self._keeping.opened()
            return await self._use(await self._made(), question, talk)

    async def _use(
        self,
        connection: RedisConnection,
        question: Question,
        talk: Callable[[RedisConnection, Question], Awaitable[T]],
    ) -> T:
        """Log in where that is to be done, and talk; kept only where all went well."""
        parser = connection.parser
        parser.left, parser.first = READ_LIMIT, b""
        is_done = False
        try:
            await connection.rouse()
            await connection.connect_check_health()
            question.late, question.hint = "connected, but no answer", ""
            told = await talk(connection, question)
            is_done = True
        finally:
            question.heard = parser.first
            if is_done:
                self._keeping.answered()
                self._free.append(connection)
                connection.rest(self._ended)
            else:
                await connection.disconnect(nowait=True)
        return told

    def _ended(self, connection: RedisConnection) -> None:
        if connection in self._free:
            self._free.remove(connection)
            self._keeping.ended()

    async def _made(self) -> RedisConnection:
        service = self._service
        tls = service.tls
        context = None if tls is None else await self._clients.contexts.get(tls, self.source)
        return RedisConnection(self._host, self._port, service.user, service.password, context)

    async def _vitals(self, connection: RedisConnection, question: Question) -> Info:
        if question.is_reused and self._resets:
            self._resets = not isinstance(await connection.answer("RESET"), ErrorReply)
        started = time.perf_counter()
        pong = await connection.answer("PING")
        latency = time.perf_counter() - started
        state = None
        if isinstance(pong, ErrorReply):
            state = unready(pong)
            if state is None and not is_missing_right(pong):
                raise pong
        elif pong != "PONG":
            raise exceptions.InvalidResponse("PING is not answered by PONG")
        question.late = "answers PING, but its INFO did not come whole"
        try:
            told = await connection.answer("INFO")
        except exceptions.ConnectionError:
            if isinstance(pong, ErrorReply):
                # Some states end the connection with their word.
                raise pong from None
            raise
        except TooMuch:
            # What is left of it stands before every other answer.
            await connection.disconnect(nowait=True)
            return Info({}, latency, "its INFO is longer than 1 MiB", state)
        if isinstance(told, ErrorReply):
            if isinstance(pong, ErrorReply):
                raise pong if state else told
            return Info({}, latency, self._lacking(told, "INFO"), unready(told))
        fields = _fields(told)
        if not fields:
            raise BadAnswer(self.source, "INFO is not answered by fields; is this Redis?")
        lacks = self._lacking(pong, "PING") if isinstance(pong, ErrorReply) and not state else ""
        if fields.get("cluster_enabled") == "1":
            cluster = await connection.answer("CLUSTER", "INFO")
            lacks = lacks or (
                self._lacking(cluster, "CLUSTER|INFO") if isinstance(cluster, ErrorReply) else ""
            )
            fields = {**_fields(cluster), **fields}
        return Info(fields, latency, lacks, state)

    def _lacking(self, error: ErrorReply, name: str) -> str:
        user = self._service.user
        if error.code == "NOPERM":
            who, what = user or "the default user", name.replace("|", " ")
            return f"{who} may not run {what}: {grant(user, error, name)}"
        return f"{name.replace('|', ' ')} is not answered: {one_line(str(error), 80)}"

    def _unserved(self, error: Exception, latency: float) -> Stranger | Unready | None:
        """What an error says of a Redis that answers and serves nobody, or nobody without a password."""
        if not isinstance(error, ErrorReply):
            return None
        if state := unready(error):
            return replace(state, latency=latency)
        is_strange = error.code in ("NOAUTH", "NOPERM") and not self._service.password
        return Stranger(latency) if is_strange else None

    def _meaning(self, error: Exception, question: Question, *asked: str) -> SourceError:
        did = "closed"
        match error:
            case ErrorReply():
                return meaning(self.source, self._service.user, error, *asked)
            case TooMuch():
                words = f"answers as {spoken(question.heard)}, more than 1 MiB; is this the right port?"
                return BadAnswer(self.source, words)
            case exceptions.AuthenticationError():
                pass
            case exceptions.ConnectionError() | exceptions.TimeoutError():
                if other := self._overheard(question):
                    return other
                failure = network_error(self.source, self.address, error)
                is_hung_up = type(failure) is Refused and "the connection" in failure.words
                if question.heard or not is_hung_up:
                    return failure
                did = "reset" if "reset" in failure.words else did
        return self._stranger(question, did)

    def _overheard(self, question: Question) -> SourceError | None:
        """Who keeps the line open without the answer, where its first bytes are none of Redis'."""
        is_redis = not question.heard or question.heard.startswith(_RESP)
        return None if is_redis else self._stranger(question)

    def _stranger(self, question: Question, did: str = "closed") -> SourceError:
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
        question.strange = lambda: self._overheard(question)
        question.late = "no connection or no login"
        if service.tls is not None:
            # A Redis without TLS waits for the end of the line that a handshake seems to begin.
            question.late, question.hint = "no TLS was agreed", "; does this port speak TLS?"
        return question


def _fields(text: object) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines()) if isinstance(text, str) else ()
    return {name: one_line(value, 200) for name, colon, value in lines if name and colon and name[0] != "#"}


@cache
def _parsers() -> Mapping[str, Callable[[Any], Any]]:
    """What redis-py makes of a command's reply: INFO's lines become a mapping, OK becomes True."""
    made: Any = redis.asyncio.Redis(protocol=2)
    return cast("Mapping[str, Callable[[Any], Any]]", made.response_callbacks)


def _said(answer: Info | Stranger | Unready) -> str:
    match answer:
        case Info(fields, _, lacks, state):
            told = [state.words if state else "PONG", *([lacks] if lacks else [])]
            return "\n".join([*told, *(f"{name}:{value}" for name, value in fields.items())])
        case Stranger():
            return "NOAUTH: wants a password"
        case Unready(words=words):
            return words
