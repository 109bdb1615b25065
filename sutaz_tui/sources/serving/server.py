"""Answers HTTP at a listening socket: one request a connection, a deadline for all of it, so many at once."""

import asyncio
import errno
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus

import h11

from sutaz_tui.errors import CannotStart
from sutaz_tui.sources.serving.guard import Guard
from sutaz_tui.sources.serving.messages import Answer, Asked, said

DEADLINE = 10.0
"""Seconds that a connection lives at most: for TLS, the head, our answer, and for it to be taken."""
MOST = 64
"""Connections at once; for one more the oldest is dropped."""
LONGEST_HEAD = 8192
"""Bytes of a request's head."""
PAUSE = 0.2

ALWAYS = (
    ("Connection", "close"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
"""Headers of every answer; none of them lets a page of another origin read it."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at this address; CannotStart, with whom to ask, where that cannot be."""
    try:
        made = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=MOST
        )
    except OSError as error:
        words = {
            errno.EADDRINUSE: f"another program listens there: ss -ltnp 'sport = :{port}' says which; "
            "take another port with --listen",
            errno.EADDRNOTAVAIL: "this machine has no such address: ip address lists them",
            errno.EACCES: "this user may not: take a port of 1024 or more",
        }.get(error.errno or 0, (error.strerror or "cannot listen").lower())
        raise CannotStart(f"cannot listen at {host}, port {port}: {words}") from None
    made.setblocking(False)
    return made


class Server:
    """`answer` tells what is asked by whom the guard lets pass; `context` is that of TLS, None for none.

    `answered` counts the answers by their code.
    """

    def __init__(
        self,
        at: socket.socket,
        context: ssl.SSLContext | None,
        guard: Guard,
        answer: Callable[[Asked], Awaitable[Answer]],
    ) -> None:
        self._at = at
        self._context = context
        self._guard = guard
        self._answer = answer
        self._open: dict[asyncio.Task[None], None] = {}
        self.answered: Counter[int] = Counter()

    async def run(self) -> None:
        """Answer until cancelled; then hang up on all."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                # A flood of connections must not keep the rest of the program from its turn.
                await asyncio.sleep(0)
                try:
                    connection, address = await loop.sock_accept(self._at)
                except OSError:
                    await asyncio.sleep(PAUSE)  # no descriptor is left: the next may find one
                    continue
                if len(self._open) >= MOST:
                    oldest = next(iter(self._open))
                    del self._open[oldest]
                    oldest.cancel()
                task = asyncio.create_task(self._serve(connection, address[0]), name="an HTTP client")
                self._open[task] = None
                task.add_done_callback(lambda done: self._open.pop(done, None))
        finally:
            self._at.close()
            tasks = [*self._open]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: socket.socket, client: str) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = None
        try:
            # What keeps silent, or takes nothing, or ends in the middle of it, is nobody's fault.
            with suppress(OSError, TimeoutError, h11.ProtocolError):
                async with asyncio.timeout(DEADLINE):
                    loop = asyncio.get_running_loop()
                    transport, _ = await loop.connect_accepted_socket(
                        lambda: protocol, connection, ssl=self._context
                    )
                    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
                    writer.write(await self._bytes(reader, client))
                    await writer.drain()
                    writer.close()
                    await writer.wait_closed()
        finally:
            if transport is not None:
                transport.abort()
            else:
                connection.close()

    async def _bytes(self, reader: asyncio.StreamReader, client: str) -> bytes:
        """The whole answer to what comes in."""
        spoken = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        is_head = False
        try:
            while (event := spoken.next_event()) is h11.NEED_DATA:
                spoken.receive_data(await reader.read(LONGEST_HEAD))
            if not isinstance(event, h11.Request):
                return b""  # it only looked whether somebody listens
            is_head = event.method == b"HEAD"
            asked = _asked(event, client)
            answer = self._guard.refusal(asked) or await self._answer(asked)
        except h11.RemoteProtocolError as error:
            code = HTTPStatus(error.error_status_hint)
            answer = said(code, "this is no HTTP request that is understood")
        self.answered[answer.code] += 1
        headers = [
            *ALWAYS,
            ("Date", formatdate(usegmt=True)),
            ("Content-Type", answer.kind),
            ("Content-Length", str(len(answer.body))),
            *answer.more,
        ]
        head = h11.Response(
            status_code=answer.code, headers=headers, reason=HTTPStatus(answer.code).phrase.encode()
        )
        events = [head, *([] if is_head else [h11.Data(data=answer.body)]), h11.EndOfMessage()]
        return b"".join(spoken.send(one) or b"" for one in events)


def _asked(event: h11.Request, client: str) -> Asked:
    """What a request says; its bytes are ASCII or taken one by one."""
    headers = [(name, value.decode("latin-1")) for name, value in event.headers]
    path, _, query = event.target.decode("latin-1").partition("?")
    sizes = [value for name, value in headers if name == b"content-length"]
    return Asked(
        method=event.method.decode("latin-1"),
        path=path,
        query=query,
        hosts=tuple(value for name, value in headers if name == b"host"),
        logins=tuple(value for name, value in headers if name == b"authorization"),
        has_body=any(size != "0" for size in sizes)
        or any(name == b"transfer-encoding" for name, _ in headers),
        client=client,
    )
