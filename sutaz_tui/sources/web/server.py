"""textual-serve with what its public parts allow: so many boards at most, no page of a stranger, an end that waits for nobody.

What it has no place for: a login, TLS, a bound of requests. Those stand in front of it (docs/web.md).
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from sutaz_tui.text.sanitise import one_line

PAGES = Path(__file__).parent / "pages"
TITLE = "sutaz-tui"
"""All that a page says before its board is there: the command behind it is nobody's business."""
TOO_MANY = 4001
"""The code (RFC 6455: for private use) that a WebSocket is closed with whose board is one too many."""


class BoardServer(Server):
    """Serves `command`, a board for each page that is open, `viewers` at most; `tell` hears what there is to say."""

    def __init__(
        self, command: str, host: str, port: int, url: str, viewers: int, tell: Callable[[str], None]
    ) -> None:
        own = f"[{host}]" if ":" in host else host
        here = f"http://{own}:{port}"
        super().__init__(
            command, host, port, title=TITLE, public_url=(url or here).rstrip("/"), templates_path=PAGES
        )
        self._viewers = viewers
        self._tell = tell
        self._open: set[asyncio.Task[object]] = set()
        parts = urlsplit(self.public_url)
        self._origins = {f"{parts.scheme}://{parts.netloc}", here, f"http://localhost:{port}"}

    def initialize_logging(self) -> None:
        """Troubles alone, a line each; tracebacks with all values are for nobody's journal."""
        handler = logging.StreamHandler()
        handler.setFormatter(_OneLine())
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is; OSError where somebody else is there."""
        del app
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # It listens only after this: what is said here must hold.
        socket.create_server((self.host, self.port), family=family).close()
        boards = "1 board" if self._viewers == 1 else f"{self._viewers} boards"
        self._tell(f"read-only at {self.public_url}, {boards} at a time; Ctrl+C ends it")

    async def on_shutdown(self, app: web.Application) -> None:
        """End every board: aiohttp would wait a minute for pages to close by themselves."""
        del app
        for task in self._open:
            task.cancel()

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A page wants its board: refused to a page of another site (403), told where all are taken."""
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins:
            raise web.HTTPForbidden(text="this page is not of this server\n")
        if not web.WebSocketResponse().can_prepare(request):
            raise web.HTTPBadRequest(text="a board is shown over a WebSocket: open / in a browser\n")
        if len(self._open) >= self._viewers:
            return await self._refused(request)
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            return await super().handle_websocket(request)
        finally:
            self._open.discard(task)

    async def _refused(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        words = f"too many viewers: {self._viewers} of {self._viewers} boards are open; try again later"
        await socket.close(code=TOO_MANY, message=words.encode())
        return socket


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"a page: {one_line(record.getMessage(), 300)}"
