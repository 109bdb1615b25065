"""A log file with what it was before it was rotated: FILE.1, FILE-20261123, packed or not, as one log.

UTF-16 by its mark is read as the UTF-8 that it would be. Everything here blocks.
"""

import bz2
import codecs
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

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.logs.file_place import open_log
from sutaz_tui.text.sanitise import one_line

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


PACKED = frozenset(_OPENERS)
"""The endings of files that can be unpacked."""
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def is_older(path: str, head: str) -> bool:
    """Whether a file is what the log `head` was before it was rotated, by their names."""
    return path.startswith(head) and _NAME.fullmatch(path, len(head)) is not None


def decoder_of(file: FileIO) -> codecs.IncrementalDecoder | None:
    """What decodes a file that a mark of UTF-16 begins, from its beginning on; None for any other."""
    name = _MARKS.get(os.pread(file.fileno(), 2, 0))
    return codecs.getincrementaldecoder(name)("replace") if name else None


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
        packing = Path(self.path).suffix
        if packing == ".zst":
            raise BadAnswer(f"file {one_line(self.path, 200)}", "is packed by zstd; name the plain file")
        with open_log(self.path) as file:
            modified = os.fstat(file.fileno()).st_mtime_ns
            found = [Generation(self.path, modified, packing if packing in _OPENERS else "")]
        older: list[tuple[int, int, Generation]] = []
        path = Path(self.path)
        name = path.name
        try:
            with os.scandir(path.parent) as beside:
                for entry in beside:
                    match = _NAME.fullmatch(entry.name, len(name)) if entry.name.startswith(name) else None
                    if match is not None and entry.is_file():
                        modified = Path(entry.path).stat().st_mtime_ns
                        made = Generation(entry.path, modified, match[2] or "")
                        older.append((int(match[1] or 0), -modified, made))
        except OSError:
            # A folder that may be passed and not listed: the log itself can be read.
            pass
        older.sort(key=lambda one: one[:2])
        return found + [made for _, _, made in older[:MOST]]

    def open(self, generation: Generation) -> FileIO:
        """A generation to be read, unpacked where it is packed; raises SourceError and OSError."""
        key = generation.path, generation.modified
        if not generation.packing:
            file = open_log(generation.path)
            if (decoder := decoder_of(file)) is None:
                return file
            with file:
                if key not in self._unpacked:
                    self._forget(generation.path)
                    self._unpacked[key] = self._decode(file, decoder, generation)
        elif key not in self._unpacked:
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

    def _forget(self, path: str) -> None:
        """Let go of what a file was before it grew."""
        for key in [key for key in self._unpacked if key[0] == path]:
            self._unpacked.pop(key).close()

    def _decode(self, file: FileIO, decoder: codecs.IncrementalDecoder, generation: Generation) -> FileIO:
        into = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it is kept
        at = len(codecs.BOM_UTF16)
        while data := os.pread(file.fileno(), CHUNK, at):
            into.write(decoder.decode(data).encode("utf-8", "replace"))
            at += len(data)
            if at >= UNPACKED:
                self._cut.add(generation.path)
                break
        os.utime(into.fileno(), ns=(generation.modified, generation.modified))
        assert isinstance(into, FileIO)
        return into

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
