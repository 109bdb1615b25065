"""What happens to the containers of one Docker, heard as it happens: one stream of events for all who listen.

Nothing hangs on it, since containers are asked for in their interval anyway: a Docker without events, or a proxy that
forbids them, is no trouble.
"""

import asyncio
import json
from collections.abc import Callable, Mapping

import msgspec

from sutaz_tui.errors import BadAnswer, SourceError
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.sources.http_stream import stream

# Podman's own word for die is died; a filter's words are not checked.
HEARD = ("die", "died", "start", "oom", "health_status")
PAUSES = (1.0, 60.0)
"""Seconds until it is opened again after it broke, doubling from the one to the other."""
REFUSED_FOR = 600.0
"""Seconds until it is opened again where Docker answers something else."""
SILENT_FOR = 3600.0
"""Seconds without an event after which a connection that may be dead is given up for another."""
LINE_LIMIT = 1024 * 1024
_FILTERS = json.dumps({"type": ["container"], "event": list(HEARD)}, separators=(",", ":"))

Hear = Callable[[Mapping[str, str]], object]


class _Actor(msgspec.Struct):
    attributes: dict[str, str] = msgspec.field(default_factory=dict, name="Attributes")


class _Event(msgspec.Struct):
    action: str = msgspec.field(default="", name="Action")
    actor: _Actor = msgspec.field(default_factory=_Actor, name="Actor")
    at: int = msgspec.field(default=0, name="timeNano")


_DECODER = msgspec.json.Decoder(_Event, strict=False)


class DockerEvents:
    """Hands each event's attributes, such as the `name` of its container and its labels, to all who listen."""

    def __init__(self, http: HttpOrigin) -> None:
        self._http = http
        self._hearers: list[Hear] = []
        self._reading: asyncio.Task[None] | None = None
        self._newest = 0
        self._health: dict[str, str] = {}

    def listen(self, hear: Hear) -> None:
        """Hear of every event from now on."""
        self._hearers.append(hear)
        self._reading = self._reading or asyncio.create_task(self._read(), name="events of Docker")

    async def leave(self, hear: Hear) -> None:
        """Hear of none any more; the stream ends with the last who listens."""
        if hear in self._hearers:
            self._hearers.remove(hear)
            if not self._hearers:
                await self.aclose()

    async def aclose(self) -> None:
        """Close the stream."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self) -> None:
        pause, most = PAUSES
        while True:
            try:
                came = await self._stream()
            except BadAnswer:
                came, pause = False, REFUSED_FOR
            except SourceError:
                came = False
            pause = PAUSES[0] if came else pause
            await asyncio.sleep(pause)
            pause = min(most, 2 * pause)

    async def _stream(self) -> bool:
        """Hand out what comes until the stream ends; whether anything came."""
        params = {"filters": _FILTERS}
        if self._newest:
            params["since"] = f"{self._newest // 10**9}.{self._newest % 10**9:09d}"
        came, rest = False, b""
        # Older engines send not even their headers before the first event.
        async with stream(self._http, "/events", params=params, first_byte=SILENT_FOR) as answer:
            while True:
                try:
                    async with asyncio.timeout(SILENT_FOR):
                        part = await answer.read()
                except TimeoutError:
                    return came
                if not part:
                    return came
                *lines, rest = (rest + part).split(b"\n")
                if len(rest) > LINE_LIMIT:
                    raise BadAnswer(self._http.source, "an event without an end")
                for line in lines:
                    came = self._take(line) or came

    def _take(self, line: bytes) -> bool:
        try:
            event = _DECODER.decode(line)
        except msgspec.MsgspecError:
            return False
        # What was heard last is told again where the stream was opened anew.
        if event.at > self._newest:
            self._newest = event.at
            if self._is_news(event):
                for hear in self._hearers:
                    hear(event.actor.attributes)
        return True

    def _is_news(self, event: _Event) -> bool:
        """Whether it is more than a health check that went as the one before it: Podman tells each of them."""
        name, action = event.actor.attributes.get("name", ""), event.action
        if not action.startswith("health_status"):
            self._health.pop(name, None)
            return action in HEARD
        said = action + event.actor.attributes.get("health_status", "")
        before, self._health[name] = self._health.get(name), said
        return said != before
