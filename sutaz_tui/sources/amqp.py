"""AMQP 0-9-1 by pika: a kept connection for its probe, one with a channel for each check; without a login its greeting only."""

import asyncio
import re
import shlex
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import pika
from pika import exceptions

from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.errors import BadAnswer, Denied, Refused, SourceError, TimedOut
from sutaz_tui.sources.amqp_channel import AmqpChannel
from sutaz_tui.sources.amqp_greeting import Stranger, greet
from sutaz_tui.sources.amqp_line import Line, causes
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.event_loop import reachable
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.kept import Keeping, nobody
from sutaz_tui.sources.question import Question, login_refused
from sutaz_tui.sources.tcp import split_address

T = TypeVar("T")

HEARTBEAT = 60


@dataclass(frozen=True, slots=True)
class Link:
    """The kept connection answered; `blocked` is the broker's reason for taking no messages, "" for none."""

    version: str
    blocked: str
    latency: float


@dataclass(frozen=True, slots=True)
class Full:
    """The broker refuses more connections; `words` are its own."""

    words: str
    latency: float


class TurnedAway(BadAnswer):
    """The broker's limit of connections is reached."""

    WORDS = "takes no more connections (its limit is reached)"

    def __init__(self, source: str) -> None:
        super().__init__(source, f"{self.WORDS}; find who holds them, or raise its limit")


class AmqpClient:
    """Asks one broker as the service's user; `ended` hears that it ended the kept connection."""

    def __init__(self, service: Rabbitmq, clients: Clients, ended: Callable[[], object] = nobody) -> None:
        self.source = service.title
        self.address = service.address
        self._host, self._port = split_address(service.address)
        self._service = service
        self._clients = clients
        self._line: Line | None = None
        self._keeping = Keeping(ended)
        # What speaks there hung up or kept silent: the next ask first listens to it.
        self._doubtful = False

    async def ask(self, timeout: float) -> Link | Stranger | Full:
        """One answer within `timeout` seconds; raises Unreachable, Refused, TimedOut, BadAnswer or Denied."""
        if self._keeping.is_old:
            await self.aclose()
        question = self._question("basic.qos on the kept connection")
        if self._line is not None:
            question.is_reused, question.late = True, "no answer on the kept connection"
        answer: Link | Stranger | Full
        try:
            async with question.within(timeout):
                try:
                    answer = await self._judged(self._look(timeout))
                except TurnedAway:
                    answer = Full(TurnedAway.WORDS, time.perf_counter() - question.started)
                question.answer = _said(answer)
        except TimedOut:
            self._doubtful = not question.is_reused
            raise
        return answer

    @asynccontextmanager
    async def channel(self, timeout: float) -> AsyncIterator[AmqpChannel]:
        """A channel on a connection of its own, whose exclusive queues go with it, however it ends.

        Raises what `ask` does, BadAnswer for Full; TimedOut after `timeout` seconds, connecting and closing included.
        """
        until = asyncio.get_running_loop().time() + timeout
        question = self._question("a connection and a channel")
        line: Line | None = None
        try:
            async with question.within(timeout):
                line = Line(await self._parameters(timeout, await self._context()))
                await self._judged(line.open())
                question.answer = f"channel.open-ok, RabbitMQ {line.version}"
            try:
                async with asyncio.timeout_at(until) as deadline:
                    channel = AmqpChannel(line, question, timeout, self._judged)
                    await channel.start()
                    yield channel
                    await line.close()
            except TimeoutError as error:
                if not deadline.expired():
                    raise
                words = f"no answer on AMQP {self.address} within {timeout:g} s; is the broker hung?"
                raise TimedOut(self.source, words) from error
        finally:
            if line is not None:
                line.abort()

    async def aclose(self) -> None:
        """Close the kept connection in order, or hard where the broker does not answer."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _judged(self, answer: Awaitable[T]) -> T:
        """The answer; what pika raises becomes a SourceError, TurnedAway where no more connections are taken."""
        try:
            return await answer
        except exceptions.AMQPError as error:
            raise await self._meaning(error) from error

    async def _look(self, timeout: float) -> Link | Stranger:
        try:
            if self._line is not None:
                try:
                    return await self._round_trip(self._line)
                except exceptions.AMQPError:
                    # The broker ended it since the last ask (a restart, an operator): that says nothing of it now.
                    self._drop()
            context = await self._context()
            if not self._service.password or self._doubtful:
                greeting = await greet(self.source, self.address, context)
                if not self._service.password:
                    return greeting
            self._line = Line(await self._parameters(timeout, context), self._ended)
            self._keeping.opened()
            await self._line.open()
            link = await self._round_trip(self._line)
        except BaseException:
            self._drop()
            raise
        self._doubtful = False
        return link

    async def _round_trip(self, line: Line) -> Link:
        started = time.perf_counter()
        await line.ask()
        latency = time.perf_counter() - started
        self._keeping.answered()
        return Link(line.version, line.blocked, latency)

    def _ended(self, line: Line) -> None:
        if line is self._line:
            self._line = None
            self._keeping.ended()

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abort()

    async def _context(self) -> ssl.SSLContext | None:
        tls = self._service.tls
        return None if tls is None else await self._clients.contexts.get(tls, self.source)

    async def _parameters(self, timeout: float, context: ssl.SSLContext | None) -> pika.ConnectionParameters:
        service = self._service
        return pika.ConnectionParameters(
            # pika tries the addresses of a name one after another, each for the whole of its time.
            host=await reachable(self._host, self._port),
            port=self._port,
            virtual_host=service.vhost,
            credentials=pika.PlainCredentials(service.user or "guest", service.password),
            heartbeat=HEARTBEAT,
            connection_attempts=1,
            retry_delay=0,
            # Our own deadline is earlier; these end what it abandoned.
            socket_timeout=timeout + 1,
            stack_timeout=timeout + 2,
            client_properties={"connection_name": "sutaz-tui", "product": "sutaz-tui"},
            ssl_options=None if context is None else pika.SSLOptions(context, self._host),
        )

    async def _meaning(self, error: BaseException) -> SourceError:
        """What an error of pika amounts to; where the broker hung up, what it says to strangers is heard once."""
        service = self._service
        user = service.user or "guest"
        behind = list(causes(error))
        said = " ".join(str(cause) for cause in behind)
        if "ACCESS_REFUSED" in said or any(
            isinstance(cause, exceptions.AuthenticationError) for cause in behind
        ):
            return login_refused(self.source, user)
        if "NOT_ALLOWED" in said:
            if "limit" in said:
                return TurnedAway(self.source)
            return Denied(self.source, _shut_out(user, service.vhost, said))
        for cause in behind:
            if isinstance(cause, OSError) and not isinstance(cause, ConnectionResetError):
                return network_error(self.source, self.address, cause)
        # The broker, or what speaks there, hung up in the middle.
        self._doubtful = True
        await greet(self.source, self.address, await self._context())
        return Refused(self.source, "closed the connection during the login; look at its log")

    def _question(self, request: str) -> Question:
        shell, service = self._clients.shell, self._service
        if service.password:
            request = f"AMQP: {request} to {self.address}, vhost {service.vhost}"
        else:
            request = f"AMQP protocol header to {self.address}, without a login"
        way = f"nc -w 5 {shell.word(self._host)} {self._port}"
        if service.tls is not None:
            options = shell.tls(service.tls, "-quiet", "", "-CAfile ", "-cert ", "-key ")
            way = " ".join(["openssl s_client", *options, "-connect", shell.word(self.address)])
        line = f"printf 'AMQP\\000\\000\\011\\001' | {way} | strings"
        what = f"{self.source} (AMQP)"
        question = Question(self.source, self.address, self._clients.secrets, request, line, what)
        question.late = "no AMQP connection"
        return question


def _shut_out(user: str, vhost: str, said: str) -> str:
    """Why a vhost is closed to a user, and what opens it."""
    if re.search(r"vhost .* not found", said):
        return f"has no vhost {vhost}; check `vhost` in the config"
    line = f"rabbitmqctl set_permissions -p {shlex.quote(vhost)} {shlex.quote(user)} '^$' '^$' '^$'"
    return f"{user} may not enter the vhost {vhost}; {line} lets it in"


def _said(answer: Link | Stranger | Full) -> str:
    match answer:
        case Link(version, blocked):
            return f"basic.qos-ok, RabbitMQ {version}" + (f", blocked: {blocked}" if blocked else "")
        case Stranger(product, version):
            return f"connection.start of {product} {version}"
        case Full(words):
            return words
