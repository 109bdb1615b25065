"""Who writes a history: one program at a time, and the others know which."""

import os
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path

from sutaz_tui.private_files import lock_path, locked

RECORDER = "record"
"""The role of a recorder: whoever attaches to it leaves it the history."""


class WriterLock:
    """The right to write the history at `path`, held until it is let go of or this program ends; `role` is what it is."""

    def __init__(self, path: Path, role: str) -> None:
        self._path = path
        self.role = role
        self._held: ExitStack | None = None

    def take(self) -> bool:
        """Whether it is ours, now or already; OSError where the folder cannot be written."""
        if self._held is not None:
            return True
        held = ExitStack()
        try:
            held.enter_context(locked(self._path.parent, self._path.name, 0.0))
        except BlockingIOError:
            return False
        words = f"{self.role}, process {os.getpid()}, since {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
        lock_path(self._path.parent, self._path.name).write_text(words + "\n", "utf-8")
        self._held = held
        return True

    @property
    def is_held(self) -> bool:
        """Whether it is ours."""
        return self._held is not None

    def holder(self) -> str:
        """Who has it, in words; "" where nobody wrote it down."""
        with suppress(OSError, UnicodeDecodeError):
            return lock_path(self._path.parent, self._path.name).read_text("utf-8").strip()[:200]
        return ""

    def let_go(self) -> None:
        """Leave it to the next."""
        if self._held is not None:
            self._held.close()
            self._held = None
