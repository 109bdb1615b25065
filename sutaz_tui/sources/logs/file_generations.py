"""A log file with what it was before it was rotated: FILE.1, FILE-20261123, packed or not, as one log.

Everything here blocks.
"""

import bz2
import gzip
import lzma
import os
import re
import tempfile
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

from msgspec import Struct

from sutaz_tui.sources.logs.file_place import open_log

MOST = 60
"""Older files of one log that are read."""
UNPACKED = 512 * 1024 * 1024
"""Bytes of one packed file that are unpacked at the most; of a larger one the beginning is read, and that is told."""
CHUNK = 1024 * 1024

_NAME = re.compile(r"(?:\.(\d{1,4})|[-.]\d{4}-?\d\d-?\d\d(?:[-_T.]?\d{2,10})?)(\.gz|\.xz|\.bz2|\.zst)?")
_OPENERS: dict[str, Callable[[FileIO], Any]] = {
    ".gz": lambda packed: gzip.GzipFile(fileobj=packed),
    ".xz": lzma.LZMAFile,
    ".bz2": bz2.BZ2File,
}


class Generation(Struct, frozen=True):
    """One file of a log; `modified` in nanoseconds, `packing` its ending, "" for none."""

    path: str
    modified: int
    packing: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether it can be unpacked here."""
        return not self.packing or self.packing in _OPENERS


class Generations:
    """The generations of one log; what was unpacked is kept, in unnamed files, until `close`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._unpacked: dict[tuple[str, int], FileIO] = {}
        self._cut: set[str] = set()

    def all(self) -> list[Generation]:
        """The log itself and its older generations, the latest first; raises SourceError where there is no log."""
        with open_log(self.path) as file:
            found = [Generation(self.path, os.fstat(file.fileno()).st_mtime_ns)]
        older: list[tuple[int, int, Generation]] = []
        path = Path(self.path)
        name = path.name
        try:
            with os.scandir(path.parent) as beside:
                for entry in beside:
                    match = _NAME.fullmatch(entry.name, len(name)) if entry.name.startswith(name) else None
                    if match is not None and entry.is_file():
                        modified = entry.stat().st_mtime_ns
                        made = Generation(entry.path, modified, match[2] or "")
                        older.append((int(match[1] or 0), -modified, made))
        except OSError:
            # A folder that may be passed and not listed: the log itself can be read.
            pass
        older.sort(key=lambda one: one[:2])
        return found + [made for _, _, made in older[:MOST]]

    def open(self, generation: Generation) -> FileIO:
        """A generation to be read, unpacked where it is packed; raises SourceError and OSError."""
        if not generation.packing:
            return open_log(generation.path)
        key = generation.path, generation.modified
        if key not in self._unpacked:
            self._unpacked[key] = self._unpack(generation)
        # Who reads it closes it.
        return FileIO(os.dup(self._unpacked[key].fileno()))

    def is_cut(self, generation: Generation) -> bool:
        """Whether it was too large to be unpacked whole."""
        return generation.path in self._cut

    def close(self) -> None:
        """Let go of what was unpacked."""
        while self._unpacked:
            self._unpacked.popitem()[1].close()

    def _unpack(self, generation: Generation) -> FileIO:
        into = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it is kept
        size = 0
        try:
            with open_log(generation.path) as packed, _OPENERS[generation.packing](packed) as content:
                while data := content.read1(CHUNK):
                    into.write(data)
                    size += len(data)
                    if size >= UNPACKED:
                        self._cut.add(generation.path)
                        break
        except (EOFError, lzma.LZMAError, OSError, ValueError):
            # Half written, or damaged: what came out of it is read.
            self._cut.add(generation.path)
        os.utime(into.fileno(), ns=(generation.modified, generation.modified))
        assert isinstance(into, FileIO)
        return into
