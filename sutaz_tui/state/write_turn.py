"""Whose turn it is to run checks that change the stack: one program's at a time, of all that watch one config."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.config.files import state_folder_if_any, word_of
from sutaz_tui.model import CheckRun
from sutaz_tui.state.history.lock import WriterLock
from sutaz_tui.state.results import ended

if TYPE_CHECKING:
    from sutaz_tui.engine.attached import Link


class WriteTurn:
    """The turn of this user's programs, held until it is let go of or this one ends; a recorder shares its own."""

    def __init__(self, config: Config) -> None:
        folder = state_folder_if_any()
        self._place = folder / f"writing-{word_of(config.path)}" if folder is not None else None
        self._lock: WriterLock | None = None

    def take(self, words: str) -> str:
        """Have the turn for what `words` say: "", or who has it. Without a folder to tell others in it is ours."""
        if self._place is None or self._lock is not None:
            return ""
        lock = WriterLock(self._place, words)
        try:
            if not lock.take():
                return f"another program writes: {lock.holder() or f'see {self._place.parent}'}"
        except OSError:
            return ""
        self._lock = lock
        return ""

    def let_go(self) -> None:
        """Leave it to the next."""
        if self._lock is not None:
            self._lock.let_go()
            self._lock = None


class CheckTurns:
    """What a program runs, told to the recorder that `link` leads to; without one its writes take this user's turn."""

    def __init__(self, config: Config, link: "Callable[[], Link | None]") -> None:
        self._link = link
        self._mask = config.secrets.mask
        self._own = WriteTurn(config)
        self._writing: set[str] = set()

    async def begin(self, scope: str, writes: bool) -> str:
        """Say that checks begin: "" or why they must not yet."""
        if (link := self._link()) is not None:
            return await link.begin(scope, writes)
        if writes and (refusal := self._own.take(f"checks {scope}")):
            return refusal
        if writes:
            self._writing.add(scope)
        return ""

    async def share(self, run: CheckRun) -> None:
        """Tell the recorder how they ended: it keeps that for all."""
        if (link := self._link()) is not None:
            await link.share(ended(run, self._mask))

    def end(self, scope: str) -> None:
        """Say that they ended."""
        if (link := self._link()) is not None:
            link.end(scope)
        self._writing.discard(scope)
        if not self._writing:
            self._own.let_go()
