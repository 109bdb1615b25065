"""The engine of a board that takes a recorder's picture instead of polling, and polls by itself where there is none."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sutaz_tui.clock import Clock
from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.pace import FLOOR
from sutaz_tui.errors import SutazError
from sutaz_tui.model import Known, ServiceState, Snapshot
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.messages import BEAT

if TYPE_CHECKING:
    from sutaz_tui.probes.base import Probe
    from sutaz_tui.sources.recorder.line import BoardsLine

ENDED = "nothing more"
GONE = 2 * BEAT
"""Seconds without a picture after which a recorder is gone."""
RETRY = 10.0
ANSWERED_WITHIN = 5.0
RESTS = 0.2
MOST_AT_ONCE = messages.MOST_OF_BOARD - 4096
"""Bytes of results in one message; a character may take four."""


class Link:
    """The open line to a recorder: whose it is, where its history is, what others run, and what is asked of it."""

    def __init__(self, line: "BoardsLine") -> None:
        self._line = line
        self.whose = line.peer.name
        self.history = line.history
        self.runs: tuple[messages.Run, ...] = ()
        self._turns: deque[asyncio.Future[str]] = deque()
        self._looks = self._told = messages.Look("", 1.0)
        self._telling: asyncio.TimerHandle | None = None
        self._asked: dict[str, float] = {}

    def ask(self, service_id: str = "") -> None:
        """Have a service polled at once, "" for all; a key that is held down asks once a second, as the recorder would."""
        now = asyncio.get_running_loop().time()
        if now - self._asked.get(service_id, -FLOOR) >= FLOOR:
            self._asked[service_id] = now
            self._line.send(messages.Ask(service_id))

    def look(self, service_id: str, stretch: float) -> None:
        """Say which service is looked at, and which pace is wanted: where a cursor rests, not all that it passes."""
        self._looks = messages.Look(service_id, stretch)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(RESTS, self._tell_look)

    def _tell_look(self) -> None:
        self._telling = None
        if self._looks != self._told:
            self._told = self._looks
            self._line.send(self._looks)

    def mark(self, service_id: str, mark: Known | None) -> None:
        """Mark a trouble as known, or no longer."""
        self._line.send(messages.Mark(service_id, mark))

    def note(self, at: datetime, service_id: str, text: str, kind: str) -> None:
        """Have a note kept, of kind note or deploy."""
        self._line.send(messages.Note(at, service_id, text, kind))

    async def begin(self, scope: str, writes: bool) -> str:
        """Say that checks begin: "" or why they must not yet."""
        self._line.send(messages.Begin(scope, writes))
        turn: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await turn
        except TimeoutError:
            if not writes:
                return ""
            # It may still give the turn, which nobody here waits for: the next of us must not take that for its own.
            self.end(scope)
            return "the recorder gives no answer"

    async def share(self, ended: Iterable[messages.Checked]) -> None:
        """Say how checks ended, in as many messages as it takes; a recorder that does not take them goes without."""
        batch: list[messages.Checked] = []
        size = 0
        with suppress(OSError, TimeoutError):
            for one in ended:
                longest = 4 * (len(one.message) + len(one.steps)) + 500
                if longest > MOST_AT_ONCE:
                    one = replace(one, steps="[]", message=one.message[:500])
                    longest = 4 * len(one.message) + 500
                if batch and size + longest > MOST_AT_ONCE:
                    await self._keep(batch)
                    batch, size = [], 0
                batch.append(one)
                size += longest
            if batch:
                await self._keep(batch)

    async def _keep(self, batch: list[messages.Checked]) -> None:
        self._line.send(messages.Checks(tuple(batch)))
        await self._line.taken()

    def end(self, scope: str) -> None:
        """Say that they ended."""
        self._line.send(messages.End(scope))

    def answered(self, turn: messages.Turn) -> None:
        """The recorder's answer to `begin`."""
        asked = self._turns.popleft() if self._turns else None
        if asked is not None and not asked.done():
            asked.set_result(turn.refusal)

    def close(self) -> None:
        """Hang up."""
        if self._telling is not None:
            self._telling.cancel()
        for asked in self._turns:
            if not asked.done():
                asked.set_result("the recorder has gone")
        self._turns.clear()
        self._line.close()


class AttachedEngine(Engine):
    """`dial` gives a greeted line to the recorder of this config, None where none listens; SutazError says why the one
    that does cannot be used. `rest` lets go of connections that were kept for the next poll."""

    alone = "this board polls by itself"

    def __init__(
        self,
        config: Config,
        probes: Callable[[frozenset[str] | None], AsyncIterator["Probe"]],
        close: Callable[[], Awaitable[object]],
        dial: "Callable[[], Awaitable[BoardsLine | None]]",
        rest: Callable[[], Awaitable[object]],
        clock: Clock | None = None,
    ) -> None:
        super().__init__(config, probes, close, clock)
        self._dial = dial
        self._rest = rest
        self._services = {service.id: service for service in self.services}
        self._states: dict[str, ServiceState] = {}
        self._refused = ""
        self._seen = asyncio.Event()

    async def start(self) -> None:
        """Attach to the recorder where one listens, else begin to poll."""
        self._tasks.add(asyncio.create_task(self._watch_idle(), name="watch idle"))
        line = await self._dialled()
        if line is None:
            self._poll()
        self._tasks.add(asyncio.create_task(self._stay_attached(line), name="attach to a recorder"))

    async def stop(self) -> None:
        if self.link is not None:
            self.link.close()
        await super().stop()

    async def attach(self) -> Snapshot | None:
        """Follow the recorder until we stop, and never poll: its picture, None where none listens or none comes."""
        line = await self._dialled()
        if line is None:
            return None
        following = asyncio.create_task(self._follow_once(line), name="follow a recorder")
        self._tasks.add(following)
        seen = asyncio.create_task(self._seen.wait())
        await asyncio.wait({following, seen}, return_when=asyncio.FIRST_COMPLETED)
        seen.cancel()
        return self.snapshot() if self.link is not None else None

    async def _follow_once(self, line: "BoardsLine") -> None:
        self._leave(*await self._follow(line))

    def ask_now(self, service_id: str) -> None:
        if self.link is not None:
            self.link.ask(service_id)
        else:
            super().ask_now(service_id)

    def ask_all(self) -> None:
        if self.link is not None:
            self.link.ask()
        else:
            super().ask_all()

    def select(self, service_id: str) -> None:
        super().select(service_id)
        self._share_pace()

    def reconsider(self) -> None:
        super().reconsider()
        self._share_pace()

    def _share_pace(self) -> None:
        """Tell the recorder how this board looks."""
        if self.link is not None:
            self.link.look(self.rhythm.selected, self.rhythm.stretch)

    async def _dialled(self) -> "BoardsLine | None":
        try:
            line = await self._dial()
            self._refused = ""
            if line is not None:
                self.link, self.lost = Link(line), ""
            return line
        except SutazError as error:
            # It stays so until somebody mends it: told once.
            if str(error) != self._refused:
                self._refused = str(error)
                self.said(f"{error}; {self.alone}")
        return None

    def _poll(self) -> None:
        self._loading = asyncio.create_task(self._load(), name="load probes")
        self._tasks.add(self._loading)

    async def _stay_attached(self, line: "BoardsLine | None") -> None:
        while True:
            if line is None:
                await self.clock.wait(asyncio.Event(), RETRY)
                line = await self._dialled()
                if line is not None:
                    await self._end_polls()
            while line is not None:
                whose, error = await self._follow(line)
                # It may only have hung up on a board that was stopped for a while.
                line = await self._dialled() if _has_hung_up(error) else None
                if line is None:
                    self._leave(whose, error)
                    self._poll()

    async def _follow(self, line: "BoardsLine") -> tuple[str, Exception]:
        """Take pictures until none come: whose they were, and why it ended."""
        link = self.link
        assert link is not None
        self._states.clear()
        self._share_pace()
        loop = asyncio.get_running_loop()
        end = loop.time() + GONE
        try:
            while True:
                async with asyncio.timeout_at(end):
                    if await self._heard(line, link):
                        end = loop.time() + GONE
        except Exception as error:  # whatever it is: a picture that does not go on must not stay
            return link.whose, error
        finally:
            link.close()
            self.link = None

    def _leave(self, whose: str, error: Exception) -> None:
        """Go on from the last picture."""
        self.lost = whose
        self.store.leave_picture()
        self._tell_gone(whose, error)

    def _tell_gone(self, whose: str, error: Exception | None) -> None:
        why = "has gone"
        if isinstance(error, TimeoutError):
            why = f"has sent nothing for {GONE:g} s"
        elif isinstance(error, messages.Garbled) and str(error) != ENDED:
            why = f"sent {error}"
        self.said(f"{whose}'s recorder {why}: {self.alone}")

    async def _heard(self, line: "BoardsLine", link: Link) -> bool:
        """Take one message; whether it made the picture whole."""
        match await line.read():
            case None:
                raise messages.Garbled(ENDED)
            case messages.States() as message:
                for state in messages.states_of(message):
                    # A service is as our own config has it: the recorder tells only how it is.
                    if (service := self._services.get(state.service.id)) is not None:
                        self._states[service.id] = replace(state, service=service)
            case messages.Picture() as picture:
                link.runs = picture.runs
                self._take(picture)
                return True
            case messages.Said(words):
                self.said(words[:200])
            case messages.Turn() as turn:
                link.answered(turn)
        return False

    def _take(self, picture: messages.Picture) -> None:
        own: Mapping[str, ServiceState] = {}
        if len(self._states) < len(self._services):
            own = {state.service.id: state for state in self.store.own_snapshot().services}
        snapshot = Snapshot(
            seq=0,
            at=picture.at,
            services=tuple(self._states.get(id) or own[id] for id in self._services),
            causes=picture.causes,
            recoveries=picture.recoveries,
            alerts=picture.alerts,
            changes=picture.changes,
            round_at=picture.round_at,
            behind=picture.behind,
        )
        self.store.take_picture(snapshot, picture.known)
        self._seen.set()

    async def _end_polls(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait([self._loading])
            self._tasks.discard(self._loading)
            self._loading = None
        await self.poller.clear()
        await self._rest()


def _has_hung_up(error: Exception) -> bool:
    """Whether the line ended as between programs that are well."""
    return (isinstance(error, OSError) and not isinstance(error, TimeoutError)) or str(error) == ENDED
