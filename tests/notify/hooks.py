"""Somebody who is told by HTTP, and pictures to tell of."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sutaz_tui.model import Alert, Cause, Failure, Service, ServiceState, Snapshot, Status

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


class Hook:
    """A server that keeps what is posted to it; `status` is what it answers, `more` are header lines of it."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.more = ""
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.tries = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                named = (line.partition(": ") for line in lines[1:] if line)
                headers = {name.lower(): value for name, _, value in named}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.tries += 1
                if self.status == 200:
                    self.paths.append(lines[0].split(" ")[1])
                    self.headers.append(headers)
                    self.bodies.append(body)
                writer.write(f"HTTP/1.1 {self.status} X\r\n{self.more}Content-Length: 2\r\n\r\nok".encode())
                await writer.drain()
        writer.close()


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    """A Hook that listens."""
    made = Hook()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made
        server.close_clients() if hasattr(server, "close_clients") else None


async def until(holds: Any, what: str, within: float = 30.0) -> None:
    """Wait until it holds; AssertionError when it does not in time."""
    from tests.servers.waiting import patient

    try:
        async with asyncio.timeout(patient(within)):
            while not holds():  # noqa: ASYNC110 - what is waited for is a thread, a file or another program
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


def state(id: str, status: Status = Status.UP, **more: Any) -> ServiceState:
    """A service as a picture has it."""
    service = Service(
        id, more.pop("title", id.capitalize()), "tcp", "all", more.pop("address", "127.0.0.1:1"),
        depends_on=more.pop("needs", ()),
    )  # fmt: skip
    summary = "refused" if status is Status.DOWN else "well"
    told = {"summary": summary, "since": NOON - timedelta(minutes=1), "asked": NOON} | more
    return ServiceState(service, status, **told)


def down(id: str, **more: Any) -> ServiceState:
    """A service that is down."""
    return state(id, Status.DOWN, **({"failure": Failure.REFUSED} | more))


def picture(
    *states: ServiceState, causes: tuple[Cause, ...] = (), alerts: tuple[Alert, ...] = ()
) -> Snapshot:
    """A picture of these."""
    return Snapshot(1, NOON, states, causes, alerts=alerts)


def seconds(first: int, last: int) -> Iterator[datetime]:
    """The moments of each second."""
    for second in range(first, last):
        yield NOON + timedelta(seconds=second)
