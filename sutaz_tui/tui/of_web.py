"""A tab in a browser: the board to look at, which changes nothing of its host and keeps nothing."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.errors import SutazError
from sutaz_tui.state.folder import ReadFolder
from sutaz_tui.state.known import SeenMarks
from sutaz_tui.state.typed import TypedLines
from sutaz_tui.state.writer import NoWriter, Writer
from sutaz_tui.tui.commands import understand
from sutaz_tui.tui.limited_tab import LimitedTab, of_app
from sutaz_tui.tui.opened import Opened

if TYPE_CHECKING:
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.tui.app import SutazApp

READ_ONLY = "read-only in the browser: nothing is written, saved, marked or unmasked here"
ONLY_READS = "not here: this page may look, it was started without --allow reads"
READING = of_app(
    "tests", "failed", "again", "until_green", "check", "check_digit", "repeat_reads", "drop", "ask", "ask_all", "faster",
    "slower",
) | {":promql", ":logql"}  # fmt: skip
"""What asks more than the board does by itself, and changes nothing."""


class WebTab(LimitedTab):
    """Looks, and no more."""

    allowed = of_app(
        "back", "out", "keys_help", "command", "palette", "run_command", "alerts", "change", "minute", "diff", "history",
        "uptime", "copy", "leave", "mouse", "repaint", "cancel", "count", "open", "log", "log_close", "metrics", "slow",
        "view", "checks", "request", "patterns", "labels",
    ) | {
        ":at", ":diff", ":select", ":theme", ":find", ":filter", ":say", ":logs", ":log-height", ":charts", ":view",
    }  # fmt: skip
    never = frozenset({"unmask"})

    def __init__(
        self, app: "SutazApp", mode: str, opened: Opened, config: Config, stack: "Demo | None" = None
    ) -> None:
        self._nowhere = NoWriter(lambda words: self.say(words))
        super().__init__(app, mode, opened, config, stack)
        self.known = SeenMarks(self.engine, self.kept.known, app.writer, "")

    @property
    def writer(self) -> Writer:
        """Nothing is kept of what a viewer does."""
        return self._nowhere

    @cached_property
    def typed_lines(self) -> TypedLines:
        """What was typed on this page; what others typed is theirs."""
        return TypedLines({}, self.config.secrets.mask, lambda *_: None)

    def words_of(self, name: str) -> str:
        """Whether another start of the server would allow it."""
        return ONLY_READS if name in READING else READ_ONLY

    def _badges(self) -> tuple[str, ...]:
        return ("READ-ONLY", *super()._badges())

    def recall(self) -> None:
        """Begin with the last picture; how somebody else left a board, and when, is theirs."""
        super().recall()
        self._left_at = None

    def _begin_as_left(self) -> None:
        """Begin as the config says."""

    def _recall(self) -> str:
        from sutaz_tui.state.history.memory import Memory

        # Whoever writes the history, it is not a page.
        self.memory = Memory(self.config, "web", self.kept.folder_if_any)
        return self.memory.recall(self.engine.store)

    def edit_query(self, language: str, query: str) -> None:
        """Let a query be typed, where any may be sent."""
        if words := self.why_not(f":{language}"):
            self.say(words)
        else:
            super().edit_query(language, query)

    def _ask(self, lines: list[str], word: str, run: Callable[[], None]) -> None:
        """What does more than read is not even asked for."""
        del lines, word, run
        self.say(READ_ONLY)

    async def action_run_command(self, typed: str) -> None:
        """Do what a typed line says; `logs {…}` is a query as `logql` is."""
        order = understand(typed, self.engine.services, self.themes, self.app.titles)
        if order.verb == "logs" and "{" in order.object and (words := self.why_not(":logql")):
            self.say(words)
        else:
            await super().action_run_command(typed)


class ReadingWebTab(WebTab):
    """Also runs the checks that only read."""

    allowed = WebTab.allowed | READING


def opened_page(read: Callable[[], Config], path: Path | None, reads: bool) -> Opened:
    """What a page is opened of; a config that is at fault by now is told on it."""
    try:
        # Nobody is told by a page, and nothing runs on its timer.
        config = dataclasses.replace(read(), notify=())
    except SutazError as error:
        return Opened(path.stem if path is not None else "the built-in config", fault=str(error))
    return Opened(config=config, kept=ReadFolder(config), tab=ReadingWebTab if reads else WebTab)
