"""WebSockets: the upgrade by httpx2, the frames by wsproto, text messages within a deadline.

Nothing runs beside the caller: a message is read when one is asked for, so whoever reads slowly slows the other
end down, and a socket may be read by one task after another.
"""

import asyncio
import base64
import secrets as random
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpcore2
import httpx2
from httpcore2 import AsyncNetworkStream
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from sutaz_tui.errors import BadAnswer, SourceError, TimedOut
from sutaz_tui.model import Step
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.http import KEEP_LIMIT, HttpOrigin
from sutaz_tui.sources.http_heads import NotHttp
from sutaz_tui.sources.transport import transport
from sutaz_tui.text.sanitise import Secrets, head, one_line

FRAME_LIMIT = 1024 * 1024
READ_SIZE = 256 * 1024
GOODBYE = 0.5
"""Seconds that the last frame, our goodbye, may take."""

NO_CODE = 1006
"""What stands for the code where the connection broke without one."""

_LOST = (httpcore2.NetworkError, OSError)


class NoUpgrade(BadAnswer):
    """The upgrade was refused; `status`, `kind` (content type) and the start of the body tell by whom."""

    def __init__(self, source: str, status: int, kind: str, body: str) -> None:
        super().__init__(source, f"answers {status} instead of a WebSocket")
        self.status = status
        self.kind = kind
        self.body = body


class Closed(BadAnswer):
    """The other end closed the WebSocket; `reason` is what it said, not sanitised."""

    def __init__(self, source: str, code: int, reason: str) -> None:
        said = one_line(reason, 100) or f"code {code}"
        super().__init__(source, f"closed the WebSocket: {said}")
        self.code = code
        self.reason = reason


class Frames:
    """One open WebSocket."""

    def __init__(
        self,
        stream: AsyncNetworkStream,
        origin: HttpOrigin,
        url: str,
        secrets: Secrets,
        frame_limit: int = FRAME_LIMIT,
    ) -> None:
        self._stream = stream
        self._source = origin.source
        self._address = origin.address
        self._url = url
        self._secrets = secrets
        self._limit = frame_limit
        self._wire = Connection(ConnectionType.CLIENT)
        self._parts: list[str] = []
        self._size = 0

    async def send(self, text: str) -> None:
        """Send one text frame."""
        await self._write(TextMessage(data=text))

    async def receive(self, timeout: float = 5.0) -> str:
        """The next text frame, kept as evidence; TimedOut when none comes, BadAnswer when the other end closes."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout):
                text = await self._message()
        except TimeoutError as error:
            raise TimedOut(self._source, f"no frame within {timeout:g} s") from error
        answer = self._secrets.mask(head(text.encode("utf-8", "replace"), KEEP_LIMIT))
        record(Step(self._source, f"frame of {self._url}", answer, time.perf_counter() - started))
        return text

    async def read(self, quiet: float) -> str:
        """The next text frame, however late; after `quiet` seconds of silence the other end is asked for a sign.

        TimedOut when none comes within `quiet` seconds more.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(quiet):
                    return await self._message()
            await self._write(Ping(b"?"))
            try:
                async with asyncio.timeout(quiet):
                    await self._fill()
            except TimeoutError as error:
                words = f"has been silent for {2 * quiet:g} s; the connection is dead"
                raise TimedOut(self._source, words) from error

    async def _message(self) -> str:
        # One read may hold thousands of tiny frames, and keys wait behind them.
        await asyncio.sleep(0)
        while True:
            for event in self._wire.events():
                if isinstance(event, Ping):
                    await self._write(event.response())
                elif isinstance(event, CloseConnection):
                    raise Closed(self._source, event.code, event.reason or "")
                elif isinstance(event, TextMessage | BytesMessage):
                    part = (
                        event.data
                        if isinstance(event.data, str)
                        else bytes(event.data).decode("utf-8", "replace")
                    )
                    self._size += len(part)
                    if self._size > self._limit:
                        raise BadAnswer(self._source, f"sends a frame larger than {self._limit // 1024} KiB")
                    if part:
                        # Of empty ones there may be any number.
                        self._parts.append(part)
                    if event.message_finished:
                        whole = "".join(self._parts) if len(self._parts) > 1 else part
                        self._parts, self._size = [], 0
                        return whole
                    await asyncio.sleep(0)
            await self._fill()

    async def _fill(self) -> None:
        try:
            data = await self._stream.read(READ_SIZE)
        except _LOST as error:
            raise network_error(self._source, self._address, error) from error
        if not data:
            raise Closed(self._source, NO_CODE, "the connection ended without a word")
        try:
            self._wire.receive_data(data)
        except RemoteProtocolError as error:
            raise BadAnswer(
                self._source, f"breaks the WebSocket protocol: {one_line(str(error), 80)}"
            ) from error

    async def _write(self, event: Event) -> None:
        try:
            await self._stream.write(self._wire.send(event))
        except LocalProtocolError as error:
            raise Closed(self._source, NO_CODE, "it is closed") from error
        except _LOST as error:
            raise network_error(self._source, self._address, error) from error

    async def close(self) -> None:
        """Say goodbye and let go; no answer is waited for."""
        try:
            with suppress(SourceError, TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self._write(CloseConnection(code=1000))
        finally:
            # wsproto's parser and its generator hold each other, and with them all that was read last.
            self._wire._proto._parse_more.close()
            await self._stream.aclose()


@asynccontextmanager
async def websocket(
    origin: HttpOrigin,
    path: str,
    secrets: Secrets,
    headers: Mapping[str, str] | None = None,
    timeout: float = 5.0,
    frame_limit: int = FRAME_LIMIT,
) -> AsyncIterator[Frames]:
    """A WebSocket of an origin, closed at the end; NoUpgrade where it answers in plain HTTP."""
    url = f"{origin.base}{path}".replace("http", "ws", 1)
    # Plain ws:// never uses it; an empty context costs nothing, a default one 45 ms.
    context = await origin.context() if url.startswith("wss:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx2.AsyncClient(
        transport=transport(context, httpx2.Limits()),
        trust_env=False,
        headers=origin.own_headers,
        timeout=timeout,
    ) as client:
        response = await _opened(client, url, origin, headers or {}, timeout)
        try:
            stream = response.extensions["network_stream"]
            frames = Frames(stream, origin, url, secrets, frame_limit)
            try:
                yield frames
            finally:
                await frames.close()
        finally:
            await response.aclose()


async def _opened(
    client: httpx2.AsyncClient, url: str, origin: HttpOrigin, headers: Mapping[str, str], timeout: float
) -> httpx2.Response:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": base64.b64encode(random.token_bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    try:
        async with asyncio.timeout(timeout):
            request = client.build_request("GET", url, headers={**headers, **upgrade})
            response = await client.send(request, stream=True)
            if response.status_code == 101:
                return response
            raise await _refusal(response, origin.source)
    except TimeoutError as error:
        raise TimedOut(origin.source, f"no WebSocket within {timeout:g} s") from error
    except NotHttp as error:
        raise origin.stranger(error.heard) from error
    except (httpx2.HTTPError, OSError) as error:
        raise network_error(origin.source, origin.address, error, origin.tls) from error


async def _refusal(response: httpx2.Response, source: str) -> NoUpgrade:
    body = b""
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) >= KEEP_LIMIT:
                break
    finally:
        await response.aclose()
    kind = response.headers.get("content-type", "")
    return NoUpgrade(source, response.status_code, kind, body[:KEEP_LIMIT].decode("utf-8", "replace"))
