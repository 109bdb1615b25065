"""Measured process: a log view alone, over lines that are made here.

`python -m tests.bench.log_app RATE ROWS`: so many lines a second, in batches ten times a second; the view has ROWS rows.
"""

import asyncio
import os
import sys
import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.lines import Batch, LogLine
from sutaz_tui.logs.pager import LogPager
from sutaz_tui.logs.shown import Safe
from sutaz_tui.terminal import look_at
from sutaz_tui.terminal_app import TerminalApp
from sutaz_tui.text import Secrets
from widgets.log_view import LogView

BATCHES = 10
LABELS = {"container": "sutaz-backend", "stream": "stdout"}
# What the stack's backend and its agents write; no two neighbours are alike, as alike lines would fold.
SHAPES = (
    '{{"timestamp":"2026-11-23T14:07:11.{n:06}Z","level":"INFO","logger":"app.middleware.request",'
    '"message":"GET /api/v1/agents/ 200 {n}ms"}}',
    "2026-11-23 14:07:11,402 - app.core.pool - INFO - connection {n} to 172.20.0.10:5432 taken, {n} of 30 in use, none waits",
    'INFO:     172.20.0.31:{n} - "GET /api/v1/models/ HTTP/1.1" 200 OK',
    "2026-11-23 14:07:11,402 - app.services.vector - WARNING - collection documents answered {n} results late",
    'level=info ts=2026-11-23T14:07:11Z caller=table_manager.go:134 msg="uploading tables {n}" index=2026 user=fake',
    "2026-11-23 14:07:11,402 - app.api.auth - ERROR - user {n} could not be found in the table of users by its mail",
)


class LogApp(TerminalApp):
    """Following; k leaves the end, G follows again."""

    BINDINGS: ClassVar = [
        Binding("j", "move(1)"),
        Binding("k", "move(-1)"),
        Binding("G", "follow"),
        Binding("q", "quit"),
    ]

    def __init__(self, rate: int, rows: int) -> None:
        super().__init__(look_at(os.environ))
        self._each, self._height = rate // BATCHES, rows
        self._made = 0
        self._buffer = LogBuffer()
        self._pager = LogPager(self._buffer, Safe(Secrets(["a-secret-of-this-run"])))
        self._view = LogView(self._pager.page)
        self._view.styles.height = rows

    def compose(self) -> ComposeResult:
        """The view alone."""
        yield self._view

    def on_ready(self) -> None:
        """Lines come from here on."""
        self._view.focus()
        if self._each:
            self.keep(self._come())
        else:
            self._add(200)

    async def _come(self) -> None:
        began, turn = time.monotonic(), 0
        while True:
            turn += 1
            await asyncio.sleep(max(0.0, began + turn / BATCHES - time.monotonic()))
            self._add(self._each)

    def _add(self, count: int) -> None:
        now = time.time_ns()
        lines = [
            LogLine(
                now + n, "backend", SHAPES[(self._made + n) % len(SHAPES)].format(n=self._made + n), LABELS
            )
            for n in range(count)
        ]
        self._made += count
        self._buffer.add(Batch(lines))
        self._view.paint_soon()

    def action_move(self, by: int) -> None:
        """As the log panel does it."""
        self._view.pressed()
        self._pager.move(by)
        self._view.repaint()

    def action_follow(self) -> None:
        """Go on with the newest."""
        self._pager.follow()
        self._view.repaint()


if __name__ == "__main__":
    code = asyncio.Runner().run(LogApp(int(sys.argv[1]), int(sys.argv[2])).stay())
    os._exit(code)
