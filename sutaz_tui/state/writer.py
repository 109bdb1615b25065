"""One thread that writes what is to be kept, so that a locked or slow disk never makes the screen wait."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further try at a file; the last again and again."""
PATIENCE = 2
"""Tries at a locked file before anybody is told: most locks are gone in a moment."""
LINGERS = 3.0
"""Seconds that the thread stays with nothing to write: one that waited for ever would keep all that its owner holds."""
MOST = 50
"""Writes of one file that wait at most; the oldest of more are given up, and that is said."""

# Primary result codes of SQLite (sqlite.org/rescode.html): sqlite3 itself would cost each start its import.
_LOCKED = (5, 6)
_DAMAGED = (11, 26)
_FULL = 13


class SetAside(OSError):
    """A damaged file was kept beside its name with `.damaged` at the end; the next write begins a new one."""


def trouble(path: Path, error: BaseException) -> str:
    """Why a file could not be used, as an operator says it; `error` is an OSError or a sqlite3.Error."""
    code = _sqlite_code(error)
    if isinstance(error, SetAside):
        return f"damaged history kept as {path.name}.damaged; a new one begins"
    if _is_lock(error):
        return f"{path.name} is locked by another program"
    if code in _DAMAGED:
        return f"{path.name} is damaged; the next write keeps it aside"
    if code == _FULL:
        return f"{path.name} cannot be written: the disk is full"
    why = error.strerror if isinstance(error, OSError) else str(error)
    return f"{path.name} cannot be used: {(why or 'no reason was given').lower()}"


def _sqlite_code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_lock(error: BaseException) -> bool:
    return isinstance(error, BlockingIOError) or _sqlite_code(error) in _LOCKED


@dataclass
class _Job:
    what: str
    write: Callable[[], Any]
    then: Callable[[Any], object]
    failures: tuple[type[Exception], ...]
    is_told: bool = False


@dataclass
class _File:
    """The writes of one file that wait, oldest first, and when the next try is due (monotonic seconds)."""

    path: Path
    jobs: deque[_Job] = field(default_factory=deque)
    tries: int = 0
    due: float = 0.0
    problem: str = ""
    is_lock: bool = True
    """Whether the next try may well succeed."""


class Writer:
    """Does what is submitted in a daemon thread, each file's in order, and tries again what the disk refuses.

    `told` hears, once a write, that it is not kept yet and why, and that it is kept after all. It and what is to be
    done `then` are run by `call`: in the thread itself, unless the owner hands in a way to its own. `set_aside` says
    which damaged file was kept beside, "" for none.
    """

    def __init__(
        self,
        told: Callable[[str], object],
        call: Callable[[Callable[[], object]], object] = lambda act: act(),
    ) -> None:
        self._told = told
        self.set_aside = ""
        self._call = call
        self._files: dict[Path, _File] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(
        self,
        path: Path,
        what: str,
        write: Callable[[], T],
        then: Callable[[T], object] = lambda _: None,
        failures: tuple[type[Exception], ...] = (OSError,),
    ) -> None:
        """Write a file, behind those writes that wait for the same one; `then` takes what `write` returns.

        `what` names it for a person; `failures` are the errors that another try may mend.
        """
        with self._changed:
            file = self._files.setdefault(path, _File(path))
            file.jobs.append(_Job(what, write, then, failures))
            if len(file.jobs) > MOST:
                # The first of them may be at work.
                self.tell(f"not kept: {file.jobs[1].what}: {file.problem or 'too much waits'}")
                del file.jobs[1]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="state writer", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, seconds: float) -> list[str]:
        """Wait until everything is written or refused, `seconds` at most for what is locked or slow: in words what is
        not kept."""
        with self._changed:
            for file in self._files.values():
                file.due, file.is_lock = 0.0, True
            self._changed.notify_all()
            # What is no lock will hardly be mended within these seconds.
            self._changed.wait_for(lambda: not any(file.is_lock for file in self._files.values()), seconds)
            return [
                f"not kept: {job.what}: {file.problem or f'{file.path.name} was not written within {seconds:g} s'}"
                for file in self._files.values()
                for job in file.jobs
            ]

    def _run(self) -> None:
        while file := self._next():
            job = file.jobs[0]
            try:
                result = job.write()
            except job.failures as error:
                self._failed(file, job, error)
            except Exception:  # a fault of ours: it is said, and the thread lives on for the other writes
                self.tell(f"not kept: {job.what}: internal error of sutaz-tui; please report it")
                self._done(file)
            else:
                if job.is_told:
                    self.tell(f"kept after all: {job.what}")
                self._call(partial(job.then, result))
                self._done(file)

    def _next(self) -> _File | None:
        """The file that is due first, once it is; None ends the thread, for nothing was to be written for a while."""
        with self._changed:
            while self._files or self._changed.wait_for(lambda: self._files, LINGERS):
                first = min(self._files.values(), key=lambda file: file.due)
                left = first.due - time.monotonic()
                if left <= 0:
                    return first
                self._changed.wait(left)
            self._thread = None
            return None

    def _failed(self, file: _File, job: _Job, error: Exception) -> None:
        with self._changed:
            file.problem = trouble(file.path, error)
            file.due = time.monotonic() + PAUSES[min(file.tries, len(PAUSES) - 1)]
            file.tries += 1
            file.is_lock = _is_lock(error) or isinstance(error, SetAside)
            self._changed.notify_all()
        if isinstance(error, SetAside):
            # Nothing of this write is lost: what was before it is.
            self.set_aside = file.problem
            self.tell(file.problem)
        elif not job.is_told and (file.tries >= PATIENCE or not file.is_lock):
            job.is_told = True
            self.tell(f"not kept: {job.what}: {file.problem}; trying again")

    def _done(self, file: _File) -> None:
        with self._changed:
            file.jobs.popleft()
            file.tries, file.due, file.problem = 0, 0.0, ""
            if not file.jobs:
                del self._files[file.path]
            self._changed.notify_all()

    def tell(self, words: str) -> None:
        """Let `told` hear something of what is kept."""
        self._call(lambda: self._told(words))


class NoWriter(Writer):
    """Keeps nothing: for who may look and change nothing."""

    def submit(
        self,
        path: Path,
        what: str,
        write: Callable[[], T],
        then: Callable[[T], object] = lambda _: None,
        failures: tuple[type[Exception], ...] = (OSError,),
    ) -> None:
        """Drop it."""
