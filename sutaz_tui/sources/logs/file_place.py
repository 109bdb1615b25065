"""Where things stand in a log file and its older generations (FILE.1, FILE.2, …), found without reading all of it.

Everything here blocks.
"""

import os
import stat
from io import FileIO
from pathlib import Path

from sutaz_tui.errors import BadAnswer, Denied, NotListening, SourceError, Unreachable
from sutaz_tui.logs.parsing.times import time_of
from sutaz_tui.text.sanitise import one_line

BLOCK = 64 * 1024
NEAR = 64 * 1024 * 1024
"""Bytes from the end of a file in which its last newline is looked for."""
GENERATIONS = 9
"""Older files that are looked for."""

Identity = tuple[int, int]


def open_log(path: str) -> FileIO:
    """A log file, opened to be read; SourceError when it is none or cannot be."""
    source = f"file {one_line(path, 200)}"
    try:
        # Without O_NONBLOCK the opening of a pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(source, error) from error
    except ValueError as error:
        raise Unreachable(source, "no file can be called so; check its name in the config") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return FileIO(descriptor)
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise BadAnswer(source, "is a directory; name a file in it")
    if stat.S_ISFIFO(mode):
        raise BadAnswer(
            source, "is a named pipe: reading would take its lines from their reader; name a file"
        )
    raise BadAnswer(source, "is a device, not a log file; name a file in the config")


def failure(path: str, error: OSError) -> SourceError:
    """What a failed system call means for who wants to read the log."""
    return _refusal(f"file {one_line(path, 200)}", error)


def _refusal(source: str, error: OSError) -> SourceError:
    match error:
        case FileNotFoundError():
            return NotListening(source, "does not exist; waiting for it")
        case PermissionError():
            return Denied(source, "may not be read by this user; add the user to the group of the file")
        case NotADirectoryError():
            return NotListening(
                source, "does not exist: a part of its path is a file; check it in the config"
            )
    return Unreachable(source, f"cannot be read: {one_line(error.strerror or str(error), 80)}")


def identity(file: FileIO) -> Identity:
    """What stays the same when a file gets another name."""
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino


def path_identity(path: str) -> Identity | None:
    """That of the file that has a name now, None where none has."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def size(file: FileIO) -> int:
    """Bytes."""
    return os.fstat(file.fileno()).st_size


def modified(file: FileIO) -> int:
    """The moment of the last write in nanoseconds."""
    return os.fstat(file.fileno()).st_mtime_ns


def older(path: str) -> list[FileIO]:
    """The older generations of a log that can be read, the latest first."""
    found = []
    for number in range(1, GENERATIONS + 1):
        try:
            found.append(open_log(f"{path}.{number}"))
        except SourceError:
            break
    return found


def start_of(file: FileIO, moment: int) -> int:
    """A line's beginning before which no line is from `moment` or later, as far as lines are in order."""
    low, high = 0, size(file)
    while high - low > BLOCK:
        middle = (low + high) // 2
        found = _timed(file, middle)
        if found is None or found[0] >= high or found[1] >= moment:
            high = middle
        else:
            low = found[0]
    return low


def end_of(file: FileIO, moment: int) -> int:
    """A line's beginning from which on no line is from before `moment`, as far as lines are in order."""
    low, high = 0, size(file)
    while high - low > BLOCK:
        middle = (low + high) // 2
        found = _timed(file, middle)
        if found is None or found[1] < moment:
            low = middle
        elif found[0] >= high:
            break
        else:
            high = found[0]
    return high


def lines_back(file: FileIO, end: int, count: int, most: int) -> int:
    """The beginning of the line that is `count` lines before `end`, or of one at most `most` bytes before it."""
    at = end
    if count == 0:
        return end
    # The newline of the last line ends none before it.
    left = count + (1 if end and os.pread(file.fileno(), 1, end - 1) == b"\n" else 0)
    lowest = max(0, end - most)
    while at > lowest:
        begin = max(lowest, at - 16 * BLOCK)
        block = os.pread(file.fileno(), at - begin, begin)
        found = block.count(b"\n")
        if found >= left:
            place = len(block)
            for _ in range(left):
                place = block.rfind(b"\n", 0, place)
            return begin + place + 1
        left -= found
        at = begin
    return 0 if lowest == 0 else next_line(file, lowest)


def last_newline(file: FileIO) -> int:
    """The place behind the last newline of a file; its end where none is near."""
    end = size(file)
    if not end or os.pread(file.fileno(), 1, end - 1) == b"\n":
        return end
    return lines_back(file, end, 1, NEAR)


def next_line(file: FileIO, at: int) -> int:
    """The first beginning of a line behind `at`; the end of the file where there is none near."""
    found = os.pread(file.fileno(), 16 * BLOCK, at).find(b"\n")
    return size(file) if found < 0 else at + found + 1


def _timed(file: FileIO, at: int) -> tuple[int, int] | None:
    """Place and moment of the first line behind `at` that tells one; None where none is near."""
    block = os.pread(file.fileno(), BLOCK, at)
    place = block.find(b"\n") + 1
    while 0 < place < len(block):
        end = block.find(b"\n", place)
        text = block[place : end if end >= 0 else len(block)].decode("utf-8", "surrogateescape")
        moment = time_of(text, modified(file))
        if moment is not None:
            return at + place, moment
        if end < 0:
            return None
        place = end + 1
    return None
