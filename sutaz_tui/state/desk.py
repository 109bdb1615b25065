"""What a recorder keeps for the boards that are attached to it: known marks, notes, and whose turn it is to write."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Known
from sutaz_tui.sources.recorder.messages import Checked
from sutaz_tui.state.history.file import HistoryFile, Unusable
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.timeline import happened
from sutaz_tui.state.known import KnownMarks
from sutaz_tui.state.known_file import KnownFile
from sutaz_tui.state.results import kept_once
from sutaz_tui.state.write_turn import WriteTurn
from sutaz_tui.state.writer import Writer

LOOK = 1.0
WRITTEN_WITHIN = 2.0


class RecordersDesk:
    """Keeps it in the recorder's history at `path`; `tell` hears of what cannot be kept. Made inside the loop."""

    def __init__(self, engine: Engine, path: Path, group: int | None, tell: Callable[[str], object]) -> None:
        loop = asyncio.get_running_loop()
        self._engine = engine
        self._mask = engine.config.secrets.mask
        self._tell = tell
        self._writer = Writer(tell, lambda act: loop.call_soon_threadsafe(act))
        # Its own: what the recorder sees is written to the same file by another thread.
        self._file = HistoryFile(path, group)
        self._turn = WriteTurn(engine.config)
        self._known = KnownMarks(engine, KnownFile(HistoryFile(path, group), self._mask), self._writer, "")

    async def run(self) -> None:
        """Take the marks that are kept, and keep them equal to those of boards that write them into the file themselves."""
        self._known.load()
        while True:
            self._known.keep()
            self._known.merge()
            await self._engine.clock.wait(asyncio.Event(), LOOK)

    def mark(self, service_id: str, mark: Known | None) -> None:
        """A trouble is known, or no longer."""
        self._known.put(service_id, mark)

    def note(self, at: datetime, service_id: str, kind: str, text: str) -> None:
        """Somebody said something of a moment."""

        def write() -> None:
            try:
                self._file.write(happened(ms(at), service_id, kind, text, self._mask))
            finally:
                self._file.close()

        self._writer.submit(self._file.path, kind, write, failures=Unusable)

    def keep(self, ended: Sequence[Checked]) -> None:
        """Checks of boards ended so; what is none of a check's evidence is left out."""
        mask = self._mask
        rows = [
            kept_once(
                replace(one, check_id=mask(one.check_id), message=mask(one.message), steps=_steps(one, mask))
            )
            for one in ended
        ]

        def write() -> None:
            try:
                self._file.write(rows)
            finally:
                self._file.close()

        if rows:
            self._writer.submit(self._file.path, "results of boards", write, failures=Unusable)

    def take_turn(self, words: str) -> str:
        """Have the turn to write, "" or who has it."""
        return self._turn.take(words)

    def end_turn(self) -> None:
        """Let go of it."""
        self._turn.let_go()

    def close(self) -> None:
        """Have the rest written."""
        for words in self._writer.flush(WRITTEN_WITHIN):
            self._tell(words)


class _Step(Struct):
    what: str
    request: str
    answer: str


def _steps(one: Checked, mask: Callable[[str], str]) -> str:
    try:
        found = msgspec.json.decode(one.steps, type=list[_Step])
    except (msgspec.DecodeError, RecursionError):
        return "[]"
    masked = [_Step(mask(step.what), mask(step.request), mask(step.answer)) for step in found]
    return msgspec.json.encode(masked).decode()
