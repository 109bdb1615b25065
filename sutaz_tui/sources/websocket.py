"""WebSockets by httpx2: text frames within a deadline, each a step of evidence."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2
from httpx2.websockets import AsyncWebSocketSession, HTTPXWSException, WebSocketUpgradeError

from sutaz_tui.errors import BadAnswer, SourceError, TimedOut
from sutaz_tui.model import Step
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.http import KEEP_LIMIT, HttpOrigin
from sutaz_tui.text import Secrets, one_line

FRAME_LIMIT = 1024 * 1024


class Frames:
    """One open WebSocket."""

    def __init__(self, session: AsyncWebSocketSession, source: str, url: str, secrets: Secrets) -> None:
        self._session = session
        self._source = source
        self._url = url
        self._secrets = secrets

    async def send(self, text: str) -> None:
        """Send one text frame."""
        await self._session.send_text(text)

    async def receive(self, timeout: float = 5.0) -> str:
        """The next text frame; TimedOut when none comes, BadAnswer when the other end closes."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout):
                text = await self._session.receive_text()
        except TimeoutError as error:
            raise TimedOut(self._source, f"no frame within {timeout:g} s") from error
        except (HTTPXWSException, httpx2.HTTPError) as error:
            raise BadAnswer(self._source, f"closed the WebSocket: {one_line(str(error), 100)}") from error
        answer = self._secrets.mask(text[:KEEP_LIMIT])
        record(Step(self._source, f"frame of {self._url}", answer, time.perf_counter() - started))
        return str(text)


@asynccontextmanager
async def websocket(
    origin: HttpOrigin,
    path: str,
    secrets: Secrets,
    headers: Mapping[str, str] | None = None,
    timeout: float = 5.0,
) -> AsyncIterator[Frames]:
    """A WebSocket of an origin, closed at the end."""
    url = f"{origin.base}{path}".replace("http", "ws", 1)
    # Plain ws:// never uses it; an empty context costs nothing, a default one 45 ms.
    context = await origin.context() if url.startswith("wss:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    failure: SourceError
    async with httpx2.AsyncClient(
        verify=context, trust_env=False, headers=origin.own_headers, timeout=timeout
    ) as client:
        opening = client.websocket(url, headers=dict(headers or {}), max_message_size_bytes=FRAME_LIMIT)
        try:
            async with asyncio.timeout(timeout):
                session = await opening.__aenter__()
        except TimeoutError as error:
            raise TimedOut(origin.source, f"no WebSocket within {timeout:g} s") from error
        except WebSocketUpgradeError as error:
            raise BadAnswer(
                origin.source, f"answers {error.response.status_code} instead of a WebSocket"
            ) from error
        except (httpx2.HTTPError, HTTPXWSException, OSError) as error:
            failure = network_error(origin.source, origin.address, error)
            raise failure from error
        try:
            yield Frames(session, origin.source, url, secrets)
        finally:
            await opening.__aexit__(None, None, None)
