"""Lines that another program writes to our standard input."""

import os
import time
from collections.abc import AsyncGenerator

from sutaz_tui.logs.lines import LogLine
from sutaz_tui.sources.logs.file_lines import FileLines
from sutaz_tui.sources.threads import DaemonCaller

CHUNK = 256 * 1024
_EVER = 10.0**9


async def piped(descriptor: int) -> AsyncGenerator[list[LogLine], None]:
    """The lines that come, in parts, until the other end is closed; a last one without its newline counts.

    A thread that nobody waits for reads: a program that writes nothing does not hold up the exit.
    """
    reader, caller = FileLines("", "-"), DaemonCaller("standard input", threads=1)
    try:
        while data := await caller.call(lambda: os.read(descriptor, CHUNK), _EVER):
            if lines := reader.feed(data, time.time_ns()):
                yield lines
        yield reader.finish(time.time_ns())
    finally:
        caller.close()
