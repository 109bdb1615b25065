"""What the keys of the checks call: a part of the app, apart because it is about nothing else."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.app import App

from sutaz_tui.checks_room import ChecksRoom
from sutaz_tui.screens.checks import ChecksScreen
from sutaz_tui.screens.overlay import OverlayScreen
from sutaz_tui.screens.question import QuestionScreen

if TYPE_CHECKING:
    from sutaz_tui.screens.board import BoardScreen

REPEAT = 10


class CheckActions(App[int]):
    """The actions of the check keys; the app gives `room`, `board`, `say` and `keep`."""

    room: ChecksRoom
    board: "BoardScreen"
    say: Callable[..., None]
    keep: Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
    _was_running = False
    _waiting: "asyncio.Task[None] | None" = None

    def checks_changed(self) -> None:
        """Show how the checks stand, on the strip and on an open screen."""
        if not self.is_running:
            return
        self.board.show_tallies(self.room.headings, self.room.desk.tallies(h.id for h in self.room.headings))
        if isinstance(self.screen, ChecksScreen):
            self.screen.show()
            if self._was_running and not self.room.desk.is_running:
                self.screen.open_first_red()
        self._was_running = self.room.desk.is_running

    def stop_waiting(self) -> bool:
        """End `F` and `R`: any key does; False when neither goes on."""
        if self._waiting is None or self._waiting.done():
            return False
        self._waiting.cancel()
        self.say("stopped")
        return True

    def action_check(self, category: str) -> None:
        """Run what only reads of a category."""
        self.say(self.room.run_reads(category))

    def action_failed(self) -> None:
        """Run again what was red and only reads."""
        self.say(self.room.run_failed_reads())

    def action_again(self) -> None:
        """Run the selected check again."""
        if isinstance(self.screen, ChecksScreen):
            self.say(self.room.run_one(self.screen.list.selected))

    def action_drop(self) -> None:
        """Cancel what runs."""
        dropped = self.room.desk.cancel()
        self.say(
            f"cancelled: {dropped} checks dropped, what was written is being removed"
            if dropped
            else "nothing runs"
        )

    def action_until_green(self) -> None:
        """Ask what is red again and again."""
        self._waiting = self.keep(self._until_green())

    async def _until_green(self) -> None:
        red = await self.room.desk.until_green(lambda words: self.say(words, 20))
        self.say("all green" if not red else f"{red} still red after ten minutes")

    def action_repeat_reads(self) -> None:
        """Run this scope's reads ten times."""
        if isinstance(self.screen, ChecksScreen):
            reads = self.room.reads_of(self.screen.scope)
            self._waiting = self.keep(self.room.repeat(reads, REPEAT, lambda words: self.say(words, 20)))

    def action_checks(self) -> None:
        """Open the results of what ran last."""
        self._open(self.room.last_scope or "*")

    def _open(self, scope: str) -> None:
        room = self.room
        screen = ChecksScreen(scope, lambda: room.head(scope), lambda: room.rows(scope), room.evidence)
        if isinstance(self.screen, ChecksScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def action_tests(self) -> None:
        """All categories, by letter."""
        if not self.room.headings:
            self.say("the checks are still being loaded")
            return
        overlay = OverlayScreen(self.room.overlay_lines(), self.room.overlay_keys(), self.room.sends)
        self.push_screen(overlay, self._chosen)

    def _chosen(self, letter: str | None) -> None:
        if not letter:
            return
        if letter == "f":
            self.say(self.room.run_failed_reads())
            self._open("failed")
            return
        ids = {heading.letter: heading.id for heading in self.room.headings} | {
            "*": "*",
            ".": self.room.last_scope,
        }
        category = ids[letter]
        if not category:
            self.say("nothing ran yet")
            return
        self.say(self.room.run_reads(category))
        self._open(category)
        if category != "*" and self.room.needs_question(category):
            lines, word = self.room.question(category)

            def answered(is_yes: bool | None) -> None:
                if is_yes:
                    self.room.run_allowed(category)
                else:
                    self.say("No: only what reads ran")

            self.push_screen(QuestionScreen(lines, word), answered)
