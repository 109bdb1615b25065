"""What a board keeps between runs: the last picture, how it was left, troubles that are known and what was typed, in the
history of its config; saved views as files. All mode 0600."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from msgspec import to_builtins

from sutaz_tui.config import Config, as_service
from sutaz_tui.config.files import NoHome, state_folder
from sutaz_tui.model import ServiceState, Snapshot
from sutaz_tui.private_files import write_private
from sutaz_tui.state import picture
from sutaz_tui.state.history.file import HistoryFile, Unusable, name_of
from sutaz_tui.state.known_file import KnownFile
from sutaz_tui.state.left import Left, keep_left, read_left
from sutaz_tui.state.old_files import take_over
from sutaz_tui.state.stack_name import damage
from sutaz_tui.state.typed import TypedLines, keep_typed, read_typed
from sutaz_tui.state.writer import Writer

T = TypeVar("T")


class StateFolder:
    """What is kept of one config; a missing, damaged or unwritable file never stops the program.

    `notes` say where it is known at once that nothing will be kept, and which file of an earlier run is damaged.
    """

    def __init__(self, config: Config, folder: Path | None = None) -> None:
        self._config = config
        self._folder = folder
        self._is_there = True
        try:
            _ = self.folder
        except NoHome:
            self._is_there = False
        self._file = HistoryFile(self.folder / name_of(config.path)) if self._is_there else None
        self._known_file = KnownFile(self._file, config.secrets.mask)

    @property
    def notes(self) -> tuple[str, ...]:
        if not self._is_there:
            return ("no home folder: nothing is remembered; set HOME",)
        told = [*self._taken_over, damage(self.folder)]
        self._taken_over.clear()
        return tuple(note for note in told if note)

    @cached_property
    def folder(self) -> Path:
        """Where the files are; NoHome, an OSError as any other of a folder that cannot be used, where there is none."""
        return self._folder or state_folder()

    @property
    def folder_if_any(self) -> Path | None:
        """Where the files are, None where there is no place for them."""
        return self.folder if self._is_there else None

    @cached_property
    def _taken_over(self) -> list[str]:
        """What earlier versions kept is in the history from here on: what of it was damaged and is not told yet."""
        if self._file is None:
            return []
        return take_over(self._config, self.folder, self._file, self._known_file, datetime.now(UTC))

    def save_picture(self, snapshot: Snapshot, writer: Writer) -> None:
        """Have the writer keep how everything was."""
        seen, mask = picture.seen_of(snapshot), self._config.secrets.mask
        if seen:
            self._save(
                "the last picture", lambda database: picture.keep(database, seen, snapshot.at, mask), writer
            )

    def load_picture(self) -> tuple[list[ServiceState], datetime] | None:
        """How everything was when an earlier run ended, and when that was; None when nothing is kept."""
        services = [as_service(service, self._config) for service in self._config.services]
        return self._read(lambda database: picture.read(database, services), None)

    def save_left(self, left: Left, writer: Writer) -> None:
        """Have the writer keep how the board was left."""
        text = self._config.secrets.mask(json.dumps(to_builtins(left)))
        self._save("how the board was left", lambda database: keep_left(database, text), writer)

    def load_left(self) -> Left:
        """How the board was left."""
        return self._read(read_left, Left())

    def typed_lines(self, writer: Writer) -> TypedLines:
        """What was typed in earlier runs; the writer keeps what is added."""

        def save(sign: str, text: str) -> None:
            self._save("what was typed", lambda database: keep_typed(database, sign, text), writer)

        return TypedLines(self._read(read_typed, {}), self._config.secrets.mask, save)

    @property
    def known(self) -> KnownFile:
        """The troubles that are marked as known."""
        _ = self._taken_over
        return self._known_file

    def save_view(self, text: str, writer: Writer, then: Callable[[Path], object]) -> None:
        """Have the writer keep what is shown in a file of its own, which `then` takes; NoHome where there is no folder."""
        folder, mask = self.folder, self._config.secrets.mask
        name = f"view-{datetime.now().astimezone():%Y%m%d-%H%M%S}.txt"
        writer.submit(folder / name, "the view", lambda: write_private(folder, name, mask(text) + "\n"), then)

    def _save(self, what: str, act: Callable[[sqlite3.Connection], object], writer: Writer) -> None:
        file = self._file
        if file is None:
            return

        def write() -> None:
            try:
                file.change(act)
            finally:
                file.close()

        writer.submit(file.path, what, write, failures=Unusable)

    def _read(self, ask: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        _ = self._taken_over
        if self._file is not None:
            # A file that was written last by a version before this lacks the table.
            with suppress(*Unusable):
                return self._file.read(ask)
        return nothing


class ReadFolder(StateFolder):
    """What is kept of one config, for who only reads it: nothing of earlier versions is taken over."""

    @cached_property
    def _taken_over(self) -> list[str]:
        return []


def short_path(path: Path) -> str:
    """A path as people write it: their own folder is ~."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
