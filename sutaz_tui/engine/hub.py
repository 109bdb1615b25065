"""What a recorder shares with the boards that are attached to it: one picture, one budget of polls, one turn to write."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Raw, Struct, field
from msgspec.structs import replace

from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.pace import FLOOR
from sutaz_tui.model import Known, Outcome, ServiceState, Snapshot
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.messages import BEAT, Garbled
from sutaz_tui.text.sanitise import one_line

if TYPE_CHECKING:
    from sutaz_tui.sources.recorder.line import RecordersLine

LOOK = 0.2
BATCH = 1 << 20
LARGEST = 4 << 20
"""Bytes of one state; of a larger one its evidence stays here."""
OFTEN = 200
OFTEN_WITHIN = 10.0
TEXT = 300
RUNS = 50
"""Runs of one board at once."""
OLDEST = 86_400.0
AHEAD = 60.0
_OUTCOMES = frozenset(Outcome)
NOTES = ("note", "deploy")


class Desk(Protocol):
    """What of a recorder keeps what boards say."""

    def mark(self, service_id: str, mark: Known | None) -> None:
        """A trouble is known, or no longer."""

    def note(self, at: datetime, service_id: str, kind: str, text: str) -> None:
        """Somebody said something of a moment."""

    def keep(self, ended: "Sequence[messages.Checked]") -> None:
        """Checks ended so."""

    def take_turn(self, words: str) -> str:
        """Have the turn to write, "" or who has it."""

    def end_turn(self) -> None:
        """Let go of it."""


class _Client(Struct):
    """One board: what it was sent last, how it looks, and what it runs."""

    line: "RecordersLine"
    sent: dict[str, ServiceState] = field(default_factory=dict)
    stretch: float = 1.0
    runs: dict[str, messages.Run] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[float] = field(default_factory=list)


class Hub:
    """Shares an engine's picture with boards, and does what they ask."""

    def __init__(self, engine: Engine, desk: Desk) -> None:
        self._engine = engine
        self._desk = desk
        self._clients: list[_Client] = []
        self._encoded: dict[str, tuple[ServiceState, bytes]] = {}
        self._asked: dict[str, float] = {}
        self._ids = {service.id for service in engine.services}
        self._writer: _Client | None = None

    @property
    def count(self) -> int:
        """How many boards are attached."""
        return len(self._clients)

    @property
    def runs(self) -> tuple[messages.Run, ...]:
        """The checks that boards run."""
        return tuple(run for client in self._clients for run in client.runs.values())

    async def attend(self, line: "RecordersLine") -> None:
        """Keep one board's line until it ends; Garbled, TimeoutError or OSError say why it had to."""
        client = _Client(line)
        self._clients.append(client)
        sending = asyncio.create_task(self._send(client), name="pictures to a board")
        hearing = asyncio.create_task(self._hear(client), name="words of a board")
        try:
            done, _ = await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (sending, hearing):
                task.cancel()
            await asyncio.gather(sending, hearing, return_exceptions=True)
            self._clients.remove(client)
            if self._writer is client:
                self._end_turn()
            self._changed()
            self._share_pace()

    async def _send(self, client: _Client) -> None:
        clock = self._engine.clock
        seq, sent_at = -1, float("-inf")
        while True:
            is_due = clock.monotonic() - sent_at >= BEAT
            if client.wake.is_set() or is_due or self._engine.store.seq != seq:
                client.wake.clear()
                seq, sent_at = self._engine.store.seq, clock.monotonic()
                snapshot = self._engine.snapshot()
                for states in self._batches(client, snapshot):
                    client.line.send(states)
                    await client.line.taken()
                client.line.send(self._picture(snapshot))
                await client.line.taken()
            await clock.wait(client.wake, LOOK)

    def _batches(self, client: _Client, snapshot: Snapshot) -> "list[messages.States]":
        batches: list[messages.States] = []
        batch: list[Raw] = []
        size = 0
        for state in snapshot.services:
            id = state.service.id
            if client.sent.get(id) is state:
                continue
            client.sent[id] = state
            raw = self._encode(state)
            if batch and size + len(raw) > BATCH:
                batches.append(messages.States(tuple(batch)))
                batch, size = [], 0
            batch.append(Raw(raw))
            size += len(raw)
        return [*batches, messages.States(tuple(batch))] if batch else batches

    def _encode(self, state: ServiceState) -> bytes:
        """A state's bytes: the same for all boards."""
        id = state.service.id
        before = self._encoded.get(id)
        if before is None or before[0] is not state:
            raw = messages.raw_state(state)
            if len(raw) > LARGEST:
                raw = messages.raw_state(replace(state, steps=()))
            before = self._encoded[id] = state, raw
        return before[1]

    def _picture(self, snapshot: Snapshot) -> messages.Picture:
        return messages.Picture(
            at=snapshot.at,
            causes=snapshot.causes,
            recoveries=snapshot.recoveries,
            alerts=snapshot.alerts,
            changes=snapshot.changes,
            round_at=snapshot.round_at,
            behind=snapshot.behind,
            known=tuple(self._engine.store.known.values()),
            runs=self.runs,
        )

    async def _hear(self, client: _Client) -> None:
        while (message := await client.line.read()) is not None:
            now = self._engine.clock.monotonic()
            client.heard = [at for at in client.heard if now - at < OFTEN_WITHIN] + [now]
            if len(client.heard) > OFTEN:
                raise Garbled(f"{OFTEN} messages within {OFTEN_WITHIN:g} s")
            self._obey(client, message)

    def _obey(self, client: _Client, message: messages.OfBoard) -> None:
        who = client.line.peer.name
        match message:
            case messages.Ask(id):
                self._ask(id)
            case messages.Look(id, stretch):
                client.stretch = stretch if stretch == stretch else 1.0
                if id in self._ids or not id:
                    # One row alone is polled more closely, whoever selected last.
                    self._engine.select(id)
                self._share_pace()
            case messages.Mark(id, mark) if id in self._ids:
                self._mark(who, id, mark)
            case messages.Note(at, id, text, kind) if id in {"", *self._ids} and kind in NOTES:
                is_own = kind != "note" or client.line.peer.user == os.getuid()
                words = text[:TEXT] + ("" if is_own else f" ({who})")
                self._desk.note(at, id, kind, words)
                if kind == "note":
                    self._engine.store.noted(id, at, one_line(self._engine.config.secrets.mask(words), 200))
            case messages.Begin(scope, writes):
                client.line.send(messages.Turn(self._begin(client, scope[:60], writes)))
            case messages.Checks(ended):
                self._keep(client, ended)
            case messages.End(scope):
                self._end(client, scope[:60])
            case _:
                client.line.send(messages.Said("the recorder does not know that service"))

    def _mark(self, who: str, id: str, mark: Known | None) -> None:
        """Keep a mark as one of whom the kernel says that it is."""
        now = self._engine.clock.now()
        self._desk.mark(id, mark and replace(mark, service_id=id, reason=mark.reason[:TEXT], by=who, at=now))

    def _keep(self, client: _Client, ended: "Sequence[messages.Checked]") -> None:
        """Keep how checks ended that this board runs."""
        now = self._engine.clock.now()
        if client.runs:
            self._desk.keep([one for one in ended if _may_be(one, now)])

    def _ask(self, id: str) -> None:
        """Poll one service or all, each once a second at most however many boards ask."""
        now = self._engine.clock.monotonic()
        for one in self._ids if not id else self._ids & {id}:
            if now - self._asked.get(one, float("-inf")) >= FLOOR:
                self._asked[one] = now
                self._engine.ask_now(one)

    def _share_pace(self) -> None:
        """The pace of all: that of the board that wants it fastest, never below the config's, for others look too."""
        stretch = min((1.0, *(max(0.01, client.stretch) for client in self._clients)))
        if stretch != self._engine.rhythm.stretch:
            self._engine.rhythm.stretch = stretch
            self._engine.poller.reconsider()
        if not self._clients:
            self._engine.select("")

    def _begin(self, client: _Client, scope: str, writes: bool) -> str:
        """Note that a board runs checks: "" or who writes now."""
        who = client.line.peer.name
        if len(client.runs) >= RUNS:
            return f"this board runs {RUNS} already"
        if writes and self._writer is not client:
            if self._writer is not None:
                run = next(run for run in self._writer.runs.values() if run.writes)
                return f"{run.who} runs {run.scope}, which writes, since {run.since.astimezone():%H:%M:%S}"
            if refusal := self._desk.take_turn(f"{who} runs {scope}"):
                return refusal
            self._writer = client
        client.runs[scope] = messages.Run(
            who, scope, self._engine.clock.now(), writes, client.line.peer.process
        )
        self._changed()
        return ""

    def _end(self, client: _Client, scope: str) -> None:
        run = client.runs.pop(scope, None)
        if run is not None and run.writes and not any(one.writes for one in client.runs.values()):
            self._end_turn()
        self._changed()

    def _end_turn(self) -> None:
        if self._writer is not None:
            self._writer = None
            self._desk.end_turn()

    def _changed(self) -> None:
        for client in self._clients:
            client.wake.set()


def _may_be(one: messages.Checked, now: datetime) -> bool:
    """Whether a check may have ended so, of late."""
    is_of_late = one.at.tzinfo is not None and -OLDEST <= (one.at - now).total_seconds() <= AHEAD
    return (
        is_of_late
        and 0 < len(one.check_id) <= TEXT
        and one.outcome in _OUTCOMES
        and 0 <= one.elapsed < OLDEST
    )
