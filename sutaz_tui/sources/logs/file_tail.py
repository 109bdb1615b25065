"""A log file followed by its name: through rotation, truncation, deletion and its coming back. Everything here blocks.

Rotated (another file has the name): the old one is read on until the new one has bytes, for then its writer has gone
over to it, and for some seconds after that, for there may be several writers. Generations that came and went
meanwhile (FILE.1 …) are read in between.
Truncated: what was not read is looked for in FILE.1, where `copytruncate` put it.
"""

import os
import threading
import time
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import msgspec
from msgspec import Struct

from sutaz_tui.errors import SourceError
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.sources.logs.file_generations import decoder_of
from sutaz_tui.sources.logs.file_lines import FileLines
from sutaz_tui.sources.logs.file_place import Identity, failure, identity, modified, older, open_log, size

CHUNK = 256 * 1024
"""Bytes read at once: as many lines, where all are empty, and they are held together."""
MEMORY = 256
"""Bytes before the place of reading that must still be there: else the file was written anew."""
PATIENCE = 5.0
"""Seconds that a line without its newline is waited for: its writer may flush in between. What comes later is a line of
its own."""
ABSENCE = 1.0
"""Seconds between the renaming of a file and the making of the next one that are no trouble."""
LATE = 10.0
"""Seconds that a file which lost its name is still looked at, beside the one that has it."""


class Read(Struct, frozen=True):
    """What one look at the file brought; `trouble` is "" or a sentence, `is_more` whether to look again at once."""

    lines: list[LogLine]
    gaps: tuple[Gap, ...] = ()
    trouble: str = ""
    is_more: bool = False


class Generation:
    """One file that is read from a place on; lines before `after` are left out up to the end that it has now."""

    def __init__(self, file: FileIO, at: int = 0, after: int = 0) -> None:
        self.file = file
        self.at = at
        self.identity: Identity = identity(file)
        self._memory = b""
        self._seen = at
        self._after, self._until = after, size(file)
        # UTF-16 is read from its beginning on: nothing else tells where a character begins.
        self._decoder = decoder_of(file) if not at else None
        if at:
            begin = max(0, at - MEMORY)
            self._memory = os.pread(file.fileno(), at - begin, begin)

    def take(self) -> bytes | None:
        """The next bytes, at most CHUNK; None where the file was truncated or written anew."""
        present = size(self.file)
        if present < self._seen:
            return None
        known = self._memory
        data = os.pread(self.file.fileno(), CHUNK, self.at - len(known))
        if not data.startswith(known):
            return None
        self._seen = present
        data = data[len(known) :]
        if data:
            self.at += len(data)
            self._memory = data[-MEMORY:] if len(data) >= MEMORY else (known + data)[-MEMORY:]
        return self._decoded(data)

    def _decoded(self, data: bytes) -> bytes:
        if self._decoder is None and self.at == len(data) and data:
            # It was empty when it was opened.
            self._decoder = decoder_of(self.file)
        if self._decoder is None:
            return data
        return self._decoder.decode(data).lstrip("\ufeff").encode("utf-8", "replace")

    def chosen(self, lines: list[LogLine]) -> list[LogLine]:
        """Those of the lines just read that are wanted."""
        if not self._after:
            return lines
        wanted = [line for line in lines if line.at >= self._after]
        if self.at >= self._until:
            self._after = 0
        return wanted

    def has_unread(self) -> bool:
        """Whether bytes were seen that were never read."""
        return self._seen > self.at

    def restart(self) -> None:
        """Read it from its beginning, or from the end of the hole that its writer left."""
        self._memory, self._after, self._decoder = b"", 0, None
        try:
            self.at = os.lseek(self.file.fileno(), 0, os.SEEK_DATA)
        except OSError:
            self.at = 0
        self._seen = self.at

    def rest_in(self, copy: FileIO) -> "Generation | None":
        """The copy from this place on, if it is one."""
        begin = self.at - len(self._memory)
        if size(copy) < self.at or not self._memory:
            return None
        if os.pread(copy.fileno(), len(self._memory), begin) != self._memory:
            return None
        return Generation(copy, self.at)


class _Late(Struct):
    generation: Generation
    lines: FileLines
    until: float


class FileTail:
    """Reads a log on from where `begin` says: the generations to read one after another, the last of them has the name.

    `begin` is asked again while it fails. `read` and `close` may be called by different threads.
    """

    def __init__(
        self, path: str, service: str, begin: Callable[[], list[Generation]], *, patience: float = PATIENCE
    ) -> None:
        self.path = path
        self._service = service
        self._lines = FileLines(service, path)
        self._begin = begin
        self._chain: list[Generation] = []
        self._patience = patience
        self._changed = self._named = time.monotonic()
        self._late: list[_Late] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def read(self) -> Read:
        """What came since the last time; it never fails."""
        with self._lock:
            try:
                if self._is_closed:
                    return Read([])
                found = self._read()
                late = self._latecomers() if self._late else None
                return msgspec.structs.replace(found, lines=late + found.lines) if late else found
            except SourceError as error:
                return Read([], trouble=str(error))
            except OSError as error:
                return Read([], trouble=str(failure(self.path, error)))
            finally:
                if self._is_closed:
                    self._let_go()

    def close(self) -> None:
        """Close the files, or have it done by the thread that still reads."""
        self._is_closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._let_go()
            finally:
                self._lock.release()

    def _read(self) -> Read:
        if not self._chain:
            self._chain = self._begin()
        current = self._chain[0]
        data = current.take()
        if data is None:
            return self._truncated(current)
        if data:
            return self._got(current, data)
        if len(self._chain) > 1:
            return self._over(current)
        trouble, is_another = self._name(current)
        later = self._successors(current) if is_another else []
        if later:
            # Its writer has gone over to another file: what is in this one by now comes before that.
            self._chain += later
            return Read([], is_more=True)
        lines: list[LogLine] = []
        if self._lines.is_unfinished and time.monotonic() - self._changed > self._patience:
            lines = self._lines.finish(modified(current.file))
        return Read(lines, trouble=trouble)

    def _got(self, current: Generation, data: bytes) -> Read:
        self._changed = time.monotonic()
        lines = current.chosen(self._lines.feed(data, modified(current.file)))
        return Read(lines, is_more=len(data) > CHUNK // 2 or len(self._chain) > 1)

    def _over(self, current: Generation) -> Read:
        """Go on with the next generation."""
        lines = current.chosen(self._lines.finish(modified(current.file)))
        del self._chain[0]
        self._late.append(_Late(current, FileLines(self._service, self.path), time.monotonic() + LATE))
        return Read(lines, is_more=True)

    def _latecomers(self) -> list[LogLine]:
        """What was written to a file after it lost its name."""
        lines: list[LogLine] = []
        for late in tuple(self._late):
            data = late.generation.take()
            written = modified(late.generation.file)
            if data:
                lines += late.lines.feed(data, written)
            elif time.monotonic() > late.until:
                lines += late.lines.finish(written)
                late.generation.file.close()
                self._late.remove(late)
        return lines

    def _name(self, current: Generation) -> tuple[str, bool]:
        """Why nothing can come, and whether another file has the name."""
        try:
            found = Path(self.path).stat()
        except FileNotFoundError:
            if time.monotonic() - self._named < ABSENCE:
                return "", False
            return f"file {self.path}: was deleted; waiting for it to come back", False
        self._named = time.monotonic()
        return "", (found.st_dev, found.st_ino) != current.identity

    def _successors(self, current: Generation) -> list[Generation]:
        """The file that has the name, and before it those that had it since the current one did, oldest first.

        None while all of them are empty: the writer has not gone over yet.
        """
        later = [Generation(open_log(self.path))]
        for file in older(self.path):
            is_past = identity(file) == current.identity or modified(file) < modified(current.file)
            if is_past or identity(file) == later[-1].identity:
                file.close()
            else:
                later.insert(0, Generation(file))
        if any(size(one.file) for one in later):
            return later
        for one in later:
            one.file.close()
        return []

    def _truncated(self, current: Generation) -> Read:
        rest = self._copy_of(current)
        if rest is not None:
            current.restart()
            self._chain.insert(0, rest)
            return Read([], is_more=True)
        now = time.time_ns()
        lines = current.chosen(self._lines.finish(modified(current.file)))
        gaps: tuple[Gap, ...] = ()
        if current.has_unread():
            words = "the file was truncated before they were read"
            gaps = (Gap(self._service, self._lines.last or now, now, None, words),)
        current.restart()
        return Read(lines, gaps, is_more=True)

    def _copy_of(self, current: Generation) -> Generation | None:
        """What FILE.1 holds behind the place that was read to, if it is a copy of this file."""
        try:
            file = open_log(f"{self.path}.1")
        except SourceError:
            return None
        rest = current.rest_in(file)
        if rest is None:
            file.close()
        return rest

    def _let_go(self) -> None:
        for generation in [*self._chain, *(late.generation for late in self._late)]:
            generation.file.close()
        self._chain, self._late = [], []
