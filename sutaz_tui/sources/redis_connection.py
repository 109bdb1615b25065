"""redis-py's connection with bounded answers and a TLS context of ours."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

from redis import exceptions
from redis._parsers import _AsyncRESP2Parser
from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

READ_LIMIT = 1024 * 1024


class TooMuch(exceptions.RedisError):
    """An answer beyond READ_LIMIT."""


class ErrorReply(exceptions.ResponseError):
    """An error that the server answered; `code` is its first word, such as NOAUTH or ERR."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.code = said.partition(" ")[0]


class _Overheard:
    """A stream whose first bytes are kept, also where they are no line: they name who speaks there."""

    def __init__(self, stream: asyncio.StreamReader, parser: "Parser") -> None:
        self._stream = stream
        self._parser = parser

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def readline(self) -> bytes:
        line = await self._stream.readline()
        self._parser.first = self._parser.first or line[:200]
        return line


class Parser(_AsyncRESP2Parser):
    """RESP2 that reads at most READ_LIMIT bytes a question: lengths come from outside."""

    left = READ_LIMIT
    first = b""

    def on_connect(self, connection: Any) -> None:
        super().on_connect(connection)  # type: ignore[no-untyped-call]
        assert self._stream is not None
        self._stream = cast("asyncio.StreamReader", _Overheard(self._stream, self))

    async def _read(self, length: int) -> bytes:
        self._take(length)
        return await super()._read(length)

    @classmethod
    def parse_error(cls, response: str) -> exceptions.ResponseError:
        """The server's own words; redis-py cuts the code off, and ends the connection at some of them."""
        found = super().parse_error(response)  # type: ignore[no-untyped-call]
        # By this one it logs in to a Redis older than 6.
        is_needed = isinstance(found, exceptions.AuthenticationWrongNumberOfArgsError)
        return found if is_needed else ErrorReply(response)

    async def _readline(self) -> bytes:
        try:
            line = await super()._readline()
        except asyncio.CancelledError:
            # Given up while it waits for the end of a line: what came of it may name who speaks there.
            if self._stream is not None and not self.first:
                self._stream.feed_eof()
                self.first = await self._stream.read(200)
            raise
        except ValueError as error:
            self.first = self.first or b"a line without an end"
            raise exceptions.InvalidResponse("a line without an end") from error
        self._take(len(line) + 2)
        return line

    def _take(self, length: int) -> None:
        self.left -= length
        if self.left < 0:
            raise TooMuch


class RedisConnection(Connection):
    """A connection with a TLS context of ours: redis-py would build one on the event loop, 45 ms deaf."""

    def __init__(
        self, host: str, port: int, user: str, password: str, context: ssl.SSLContext | None
    ) -> None:
        self.context = context
        self._listening: asyncio.Task[None] | None = None
        super().__init__(
            host=host,
            port=port,
            username=user or None,
            password=password or None,
            decode_responses=True,
            encoding_errors="replace",
            protocol=2,
            parser_class=Parser,
            driver_info=None,
            retry=Retry(NoBackoff(), 0),
        )

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), "ssl": self.context}

    @property
    def parser(self) -> Parser:
        """What bounds and remembers the answers."""
        assert isinstance(self._parser, Parser)
        return self._parser

    def rest(self, ended: Callable[["RedisConnection"], object]) -> None:
        """Nobody asks for now; `ended` hears when its server ends it, or says what nobody asked for."""
        self._listening = asyncio.create_task(self._heard(ended))

    async def rouse(self) -> None:
        """It is to be asked again, or closed."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait([listening])

    async def _heard(self, ended: Callable[["RedisConnection"], object]) -> None:
        assert self._reader is not None
        with suppress(OSError):
            await self._reader.read(1)
        await self.disconnect(nowait=True)
        ended(self)

    async def reply(self, *words: str | int) -> Any:
        """What is answered to one command; an error that is answered is raised as ErrorReply."""
        await self.send_command(*words)
        return await self.read_response()

    async def answer(self, *words: str | int) -> Any:
        """What is answered to one command, an ErrorReply too."""
        try:
            return await self.reply(*words)
        except ErrorReply as error:
            return error
