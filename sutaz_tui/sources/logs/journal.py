"""The log of a systemd unit, as journalctl tells it: pages by time, and what comes by its cursor.

Facts: `-o json` writes one object a line; `__REALTIME_TIMESTAMP` is in microseconds; MESSAGE is a text, or a list of
bytes where it is no UTF-8, or null where it was too long; `--since=@SECONDS.MICROSECONDS` is inclusive.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec

from sutaz_tui.errors import BadAnswer, Denied, NotListening, SourceError, TimedOut
from sutaz_tui.logs.feed import Unindexed
from sutaz_tui.logs.lines import LINE_LIMIT, Batch, LogLine, Page
from sutaz_tui.text.sanitise import one_line

PROGRAM = "journalctl"
LONGEST = 1024 * 1024
"""Bytes of one entry; a longer one is left out."""
STALL = 15.0
CHUNK = 256 * 1024
MOST_STREAMS = 5000
SAID = 4096
"""Bytes of what journalctl says on its standard error that are read."""
AGAIN = 2.0
MICROSECOND = 1000

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class JournalFeed(Unindexed):
    """Feed of one unit; `options` go before all others, such as `--file=` for a journal that is elsewhere."""

    late = 0

    def __init__(self, service: str, unit: str, way: str, options: Sequence[str] = ()) -> None:
        self.service = service
        self.way = way
        self._unit = unit
        self._options = tuple(options)
        self._labels: dict[str, dict[str, str]] = {}

    async def page(self, start: int, end: int, limit: int, newest: bool) -> Page:
        """At most `limit` lines of [start, end); raises SourceError."""
        span = (f"--since={_at(start)}", f"--until={_at(end)}")
        options = (*span, "--reverse", f"--lines={limit + 1}") if newest else span
        lines: list[LogLine] = []
        async with self._running(*options) as entries:
            async for part in entries:
                lines += [line for line, _ in part if start <= line.at < end]
                if len(lines) > limit:
                    break
        is_whole = len(lines) <= limit
        lines = lines[:limit]
        if newest:
            lines.reverse()
        return Page(lines, is_whole)

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Lines from `after` on, for ever; where journalctl ends it is begun again behind the last line."""
        cursor, trouble = "", ""
        while True:
            begin = f"--after-cursor={cursor}" if cursor else f"--since={_at(after)}"
            try:
                async with self._running("--follow", "--lines=all", begin) as entries:
                    async for part in entries:
                        cursor = part[-1][1]
                        if lines := [line for line, _ in part if line.at >= after]:
                            trouble = ""
                            yield Batch(lines)
                words = f"{self.way}: {PROGRAM} ended; it is begun again"
            except SourceError as error:
                words = str(error)
            if words != trouble:
                trouble = words
                yield Batch([], trouble=trouble)
            await asyncio.sleep(AGAIN)

    async def aclose(self) -> None:
        """Nothing is held open beside what `follow` holds."""

    @asynccontextmanager
    async def _running(self, *options: str) -> "AsyncGenerator[_Entries, None]":
        command = (
            PROGRAM,
            *self._options,
            f"--unit={self._unit}",
            "--output=json",
            "--all",
            "--no-pager",
            "--quiet",
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                *options,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=os.environ | {"LC_ALL": "C", "SYSTEMD_COLORS": "0"},
            )
        except FileNotFoundError as error:
            raise NotListening(self.way, f"{PROGRAM} is not installed here") from error
        except OSError as error:
            raise BadAnswer(
                self.way, f"{PROGRAM} does not start: {one_line(error.strerror or '', 80)}"
            ) from error
        try:
            yield _Entries(self, process, is_endless="--follow" in options)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def line(self, entry: dict[str, Any]) -> LogLine:
        """One entry of the journal as a line; raises ValueError."""
        message = entry.get("MESSAGE")
        if isinstance(message, list):
            message = bytes(message).decode("utf-8", "surrogateescape")
        text = message if isinstance(message, str) else "(an entry too large for journalctl to print)"
        at = int(entry["__REALTIME_TIMESTAMP"]) * MICROSECOND
        text = text.removesuffix("\n")
        return LogLine(
            at, self.service, text[:LINE_LIMIT], self._labelled(entry), max(0, len(text) - LINE_LIMIT)
        )

    def _labelled(self, entry: dict[str, Any]) -> dict[str, str]:
        """What lines of one program and level share."""
        wanted = (("level", "PRIORITY"), ("logger", "SYSLOG_IDENTIFIER"), ("unit", "_SYSTEMD_UNIT"))
        labels = {name: str(entry[key])[:100] for name, key in wanted if entry.get(key)}
        return (
            self._labels.setdefault("\0".join(labels.values()), labels)
            if len(self._labels) < MOST_STREAMS
            else labels
        )


class _Entries:
    """The lines that a journalctl prints, with their cursors, in parts as they come; raises SourceError where it fails."""

    def __init__(self, feed: JournalFeed, process: asyncio.subprocess.Process, is_endless: bool) -> None:
        self._feed = feed
        self._process = process
        self._is_endless = is_endless
        self._rest = b""
        assert process.stdout is not None and process.stderr is not None
        self._out, self._error = process.stdout, process.stderr

    def __aiter__(self) -> "_Entries":
        return self

    async def __anext__(self) -> list[tuple[LogLine, str]]:
        while True:
            try:
                async with asyncio.timeout(None if self._is_endless else STALL):
                    data = await self._out.read(CHUNK)
            except TimeoutError as error:
                raise TimedOut(self._feed.way, f"{PROGRAM} gave nothing for {STALL:g} s") from error
            if not data:
                await self._ended()
                raise StopAsyncIteration
            *whole, self._rest = (self._rest + data).split(b"\n")
            # Of one that is longer than any line its end will be no JSON, and is passed over.
            self._rest = self._rest[:LONGEST]
            if entries := [entry for written in whole if (entry := self._entry(written)) is not None]:
                return entries

    def _entry(self, written: bytes) -> tuple[LogLine, str] | None:
        try:
            entry = _decode(written)
            return self._feed.line(entry), str(entry.get("__CURSOR") or "")
        except (msgspec.DecodeError, KeyError, ValueError, TypeError, OverflowError):
            return None

    async def _ended(self) -> None:
        said = one_line((await self._error.read(SAID)).decode("utf-8", "replace"), 300)
        code = await self._process.wait()
        if "ermission" in said:
            raise Denied(self._feed.way, "may not be read by this user: add it to the group systemd-journal")
        if code and not self._is_endless:
            raise BadAnswer(self._feed.way, f"{PROGRAM} failed: {said or f'exit code {code}'}")


def _at(moment: int) -> str:
    """A moment as journalctl takes it, cut to microseconds."""
    return f"@{moment // 1_000_000_000}.{moment // MICROSECOND % 1_000_000:06d}"
