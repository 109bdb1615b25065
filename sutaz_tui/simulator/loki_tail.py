"""Loki's tail: frames twice a second, and what it loses when it cannot keep up.

As recorded from Loki 3: above what it can carry it delivers a tenth of 50,000 lines a second, tells a quarter of the
others in `dropped_entries`, and loses the rest without a word. Lines that were there before carry the level that
Loki detected; what comes live does not, unless the query has stages.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from sutaz_tui.simulator import logql
from sutaz_tui.simulator.logql import Entry, LogQlError, LogSelection
from sutaz_tui.simulator.logs import Labels
from sutaz_tui.simulator.world import World

FRAME_SECONDS = 0.5
FRAME_ENTRIES = 100
LONGEST_DELAY = 5
TOLD_OF_LOST = 0.29
"""23,493 of 80,838 in the recording, and at most TOLD_LIMIT in a frame."""

TOLD_LIMIT = 1000
INTERNAL_ERROR = 1011


class Tailed(NamedTuple):
    """What a tail is asked for."""

    selection: LogSelection
    start: int
    limit: int


class Tail:
    """One tail of one client, until it hangs up or the tail's time is over."""

    def __init__(self, world: World, socket: WebSocket, asked: Tailed) -> None:
        self._world = world
        self._socket = socket
        self._asked = asked
        self._untold: list[Entry] = []

    async def run(self, now: int) -> None:
        """Send what was there before, then what comes."""
        loop = asyncio.get_running_loop()
        logs, asked = self._world.logs, self._asked
        before = logql.select(logs, asked.selection, asked.start, now + 1, asked.limit, newest=True)
        arrived = logs.arrived
        await self._socket.accept()
        gone = asyncio.create_task(_wait_for_end(self._socket), name="loki tail")
        began = polled = loop.time()
        try:
            for part in _parts(before):
                await self._send(part, True)
            while not gone.done():
                await asyncio.wait([gone], timeout=FRAME_SECONDS)
                self._world.tick()
                fresh, arrived = logs.since(arrived), logs.arrived
                # Who reads slowly makes up for it with one poll at most.
                seconds, polled = min(loop.time() - polled, 2 * FRAME_SECONDS), loop.time()
                await self._tell(fresh, seconds)
                if loop.time() - began >= self._world.traits.loki_tail_seconds:
                    await self._socket.close(INTERNAL_ERROR, "reached tail max duration limit")
                    return
        except WebSocketDisconnect:
            return
        finally:
            gone.cancel()

    async def _tell(self, fresh: list[tuple[Labels, int, str]], seconds: float) -> None:
        """Deliver what the tail can carry in so many seconds, spread over all that came."""
        selection = self._asked.selection
        wanted: dict[Labels, bool] = {}
        lines: list[Entry] = []
        for labels, at, text in fresh:
            # What comes in late is told too: the tail goes by arrival, not by the lines' own times.
            if labels not in wanted:
                wanted[labels] = selection.matches(dict(labels))
            if wanted[labels] and selection.keeps(text):
                lines.append(Entry(at, text, labels))
        carried = max(int(self._world.traits.loki_tail_rate * seconds), 1)
        if len(lines) <= carried:
            for part in _parts(self._in_order(lines)):
                await self._send(part, selection.has_stages)
            return
        frames = -(-carried // FRAME_ENTRIES)
        stretch = -(-len(lines) // frames)
        for place in range(0, len(lines), stretch):
            part = lines[place : place + stretch]
            await self._send(self._in_order(part[:FRAME_ENTRIES]), selection.has_stages)
            lost = part[FRAME_ENTRIES:]
            self._untold += lost[: min(int(len(lost) * TOLD_OF_LOST), TOLD_LIMIT - len(self._untold))]

    def _in_order(self, lines: list[Entry]) -> list[Entry]:
        if self._world.traits.loki_tail_is_orderly:
            return lines
        turned = [entry for place in range(0, len(lines), 5) for entry in reversed(lines[place : place + 5])]
        return turned + turned[::7]

    async def _send(self, entries: list[Entry], with_level: bool) -> None:
        streams = [
            {"stream": stream_labels(entry, with_level), "values": [[str(entry.at), entry.text]]}
            for entry in entries
        ]
        told = [{"timestamp": str(entry.at), "labels": dict(entry.labels)} for entry in self._untold]
        self._untold = []
        await self._socket.send_text(json.dumps({"streams": streams, "dropped_entries": told or None}))


def stream_labels(entry: Entry, with_level: bool = True) -> dict[str, str]:
    """The labels of an entry's stream as they are answered, sorted."""
    if not with_level:
        return dict(entry.labels)
    return dict(sorted((*entry.labels, ("detected_level", logql.level_of(entry.text)))))


def refusal(world: World, socket: WebSocket) -> Response | None:
    """What a proxy before Loki answers to the upgrade; None where it lets it through."""
    status = world.traits.loki_tail_refused
    if not status:
        return None
    if status == 400:
        return PlainTextResponse("Bad Request\n", 400)
    return JSONResponse({"message": "no Route matched with those values"}, status)


def asked(query: Any, start: int) -> Tailed:
    """What the parameters of a tail ask for; LogQlError in Loki's words."""
    selection = logql.parse_selection(query.get("query", ""))
    if int(query.get("delay_for", "0")) > LONGEST_DELAY:
        raise LogQlError(f"delay_for can't be greater than {LONGEST_DELAY}")
    return Tailed(selection, start, int(query.get("limit", "100")))


def _parts(lines: list[Entry]) -> Iterator[list[Entry]]:
    for place in range(0, len(lines), FRAME_ENTRIES):
        yield lines[place : place + FRAME_ENTRIES]


async def _wait_for_end(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
