"""A bare HTTP server on loopback that answers word for word as a test says, and misbehaves where it is told to."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"
REASONS = {200: "OK", 204: "No Content", 307: "Temporary Redirect", 404: "Not Found", 410: "Gone"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered to one request.

    `body`: bytes or text as they are, anything else as JSON. `behave`: "" to answer; "silent" (reads on, says
    nothing), "reset", "hangup" (closes without a word), "truncated" (announces more than it sends), "endless",
    "stuck" (headers, then silence), "raw" (the body alone, without headers). `after` so many seconds.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    behave: str = ""
    after: float = 0.0

    def payload(self) -> bytes:
        """The body as it is sent."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode("utf-8", "surrogatepass")
        return json.dumps(self.body).encode()


NOT_FOUND = Reply(404, {"detail": "Not Found"})


class Web:
    """The server: `routes` by path (without query), `other` for all else; both may be changed at any time."""

    def __init__(self) -> None:
        self.routes: dict[str, Reply] = {}
        self.other = NOT_FOUND
        self.url = ""
        self.port = 0
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.on_request: Callable[[str], None] = lambda path: None

    def answers(self, status: int = 200, body: Any = b"", behave: str = "", **headers: str) -> str:
        """Answer so to everything, whatever was said before; returns the URL."""
        self.routes = {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.other = Reply(status, body, named, behave)
        return self.url

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept for as many requests as its client sends."""
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while await self._one(reader, writer):
                    pass
        finally:
            self.open -= 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)
        }
        self.asked.append(f"{method} {target}")
        self.headers.append(headers)
        path = target.partition("?")[0]
        self.on_request(path)
        reply = self.routes.get(path, self.other)
        body = reply.payload()
        if reply.after:
            await asyncio.sleep(reply.after)
        match reply.behave:
            case "silent":
                await reader.read()
                return False
            case "reset":
                # Lingering for no time makes the close a reset.
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            case "hangup":
                return False
            case "raw":
                writer.write(body)
                await writer.drain()
                return False
        claimed = len(body) + 100 if reply.behave in ("truncated", "stuck") else len(body)
        head = f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Whatever')}\r\n"
        for name, value in reply.headers.items():
            head += f"{name}: {value}\r\n"
        head += "\r\n" if reply.behave == "endless" else f"Content-Length: {claimed}\r\n\r\n"
        writer.write(head.encode("latin-1") + (b"" if method == "HEAD" else body))
        await writer.drain()
        if reply.behave == "endless":
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        if reply.behave == "stuck":
            await reader.read()
        return reply.behave not in ("truncated", "stuck") and headers.get("connection") != "close"


@asynccontextmanager
async def web_server(context: Any = None, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Web]:
    """A Web that listens on a free port of loopback, by TLS where a context is given."""
    web = Web()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await web.serve(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            running.discard(task)

    server = await asyncio.start_server(serve, host, port, ssl=context)
    web.port = server.sockets[0].getsockname()[1]
    web.url = f"{'https' if context else 'http'}://{host}:{web.port}"
    try:
        yield web
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def recorded(name: str, request: str, **changes: Any) -> Reply:
    """The first recorded real answer to `request` of tests/recorded/NAME.json; `changes` replace keys of its body."""
    for answer in json.loads((RECORDED / f"{name}.json").read_text())["answers"]:
        if answer["request"] == request:
            is_json = "json" in answer["headers"].get("content-type", "")
            reply = Reply(
                answer["status"], answer["body"], {"Content-Type": answer["headers"].get("content-type", "")}
            )
            if is_json and isinstance(reply.body, str):
                reply = replace(reply, body=json.dumps(reply.body).encode())
            return replace(reply, body={**reply.body, **changes}) if changes else reply
    raise LookupError(f"{request} is not recorded in {name}.json")
