"""What the keys of the checks call: a part of a tab, apart because it is about nothing else."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING

from sutaz_tui.tui.copy_save import TakeActions

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

    # What only keys need is imported by the keys.
    from sutaz_tui.tui.screens.checks.session import ChecksSession

REPEAT = 10


class CheckActions(TakeActions):
    """The actions of the check keys, and what stands behind them, `checks`."""

    _was_running = False
    _waiting: "asyncio.Task[None] | None" = None

    @cached_property
    def checks(self) -> "ChecksSession":
        """The checks; nobody needs them before the first frame."""
        from sutaz_tui.tui.screens.checks.session import ChecksSession

        writer = self.writer if self.stack is None else None
        return ChecksSession(
            self.config,
            self.engine,
            self.checks_changed,
            writer,
            self.clients,
            self._finished,
            self._collected,
        )

    def _collected(self, category: str) -> None:
        # Nobody is asked about a tab that is not seen: the checks' list names what was not run.
        if self.is_running and self.is_in_view:
            question = self.checks.asked_first.question_of_tests(category)
            self._ask(*question, lambda: self.checks.run_tests(category))

    def _finished(self, words: str) -> None:
        if self.is_running:
            self.say(words, 8)

    @property
    def has_checks(self) -> bool:
        """Whether the checks are loaded."""
        return "checks" in self.__dict__ and bool(self.checks.headings)

    def checks_changed(self) -> None:
        """Show how the checks stand, on the strip and on an open screen; of a tab out of view when it comes back."""
        if not self.is_running or not self.is_in_view:
            return
        self._show_tallies()
        is_running = self.checks.runs.is_running
        self.here.checks_changed(self._was_running and not is_running)
        self._was_running = is_running

    def tick(self) -> None:
        """A second has passed: results are older, and there may be a cause that began after them."""
        super().tick()
        if self.has_checks and self.is_in_view:
            self._show_tallies()

    def _show_tallies(self) -> None:
        headings = self.checks.headings
        tallies = self.checks.shown.tallies(heading.id for heading in headings)
        self.board.show_tallies(headings, tallies, self.shown_at)

    @property
    def is_repeating(self) -> bool:
        """Whether `F` or `R` goes on: evidence is looked at meanwhile."""
        return self._waiting is not None and not self._waiting.done()

    def run_category(self, category: str) -> None:
        """Run the read-only checks of a category."""
        self.say(self.checks.run_reads(category))

    def action_failed(self) -> None:
        """Run again what was red: what only reads at once, what does more after its question."""
        self.say(self.checks.run_failed_reads())
        self._ask_for_failed()

    def _ask_for_failed(self) -> None:
        if checks := self.checks.asked_first.failed():
            self._ask(*self.checks.asked_first.question_again(checks), lambda: self.checks.run_again(checks))

    def _ask(self, lines: list[str], word: str, run: Callable[[], None]) -> None:
        """Ask before anything is sent that changes the stack."""
        from sutaz_tui.tui.screens.checks.question import QuestionScreen

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                run()
            else:
                self.say("Cancelled; read-only checks ran")

        self.push_screen(QuestionScreen(lines, word), answered)

    def action_again(self) -> None:
        """Run the selected check again."""
        if tests := self.checks.asked_first.test(self.here.check_id):
            self._ask(*self.checks.asked_first.question_again(tests), lambda: self.checks.run_again(tests))
        else:
            self.say(self.checks.run_one(self.here.check_id))

    def action_drop(self) -> None:
        """Cancel what runs, and what would run again."""
        was_repeating = self.is_repeating
        if was_repeating and self._waiting is not None:
            self._waiting.cancel()
        dropped = self.checks.runs.cancel()
        if dropped:
            self.say(f"cancelled: {dropped} checks dropped, what was written is being removed")
        else:
            self.say("cancelled" if was_repeating else "nothing runs")

    def action_until_green(self) -> None:
        """Run what failed again and again until it is green; a second time: no longer."""
        tests = self.checks.asked_first.failed_tests()
        if tests and not self.is_repeating:
            self._ask(
                *self.checks.asked_first.question_again(tests), lambda: self._repeat(self._until_green(tests))
            )
        else:
            self._repeat(self._until_green([]))

    async def _until_green(self, asked: "list[Check]") -> None:
        self.say(await self.checks.until_green(lambda words: self.say(words, 20), asked), 8)

    def action_repeat_reads(self) -> None:
        """Run this scope's reads ten times; a second time: no longer."""
        from sutaz_tui.tui.screens.checks.listed import reads_of

        reads = reads_of(self.checks.shown, self.here.scope)
        self._repeat(self.checks.repeat(reads, REPEAT, lambda words: self.say(words, 20)))

    def _repeat(self, work: "Coroutine[None, None, None]") -> None:
        if self.is_repeating:
            work.close()
            self.action_drop()
        else:
            self._waiting = self.keep(work)

    def action_checks(self) -> None:
        """Open the results of what ran last."""
        self._open(self.checks.last_scope or "*")

    def _open(self, scope: str) -> None:
        from sutaz_tui.tui.screens.checks.listed import head, rows
        from sutaz_tui.tui.screens.checks.screen import ChecksScreen

        session = self.checks
        screen = ChecksScreen(
            scope,
            lambda: head(session.shown, scope, self.engine.clock.now()),
            lambda: rows(session.shown, scope),
            lambda: session.evidence,
        )
        if self.here.scope:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def action_tests(self) -> None:
        """All categories, by letter."""
        if not self.checks.headings:
            self.say("checks are still loading")
            return
        from sutaz_tui.tui.screens.checks.overlay import OverlayScreen
        from sutaz_tui.tui.screens.checks.overlay_words import overlay_lines, sends

        session = self.checks
        lines = overlay_lines(
            session.shown, session.headings, session.last_scope, self.config.env, self.engine.clock.now()
        )
        keys = frozenset({*(heading.letter for heading in session.headings), "f", "*", "."})
        overlay = OverlayScreen(lines, keys, lambda letter: sends(session.shown, session.headings, letter))
        self.push_screen(overlay, self._chosen)

    def _chosen(self, letter: str | None) -> None:
        if not letter:
            return
        if letter == "f":
            self.say(self.checks.run_failed_reads())
            self._open("failed")
            self._ask_for_failed()
            return
        ids = {heading.letter: heading.id for heading in self.checks.headings} | {
            "*": "*",
            ".": self.checks.last_scope,
        }
        category = ids[letter]
        if not category:
            self.say("no check has run yet")
            return
        self.say(self.checks.run_reads(category))
        self._open(category)
        if category != "*" and self.checks.asked_first.has(category):
            self._ask(*self.checks.asked_first.question(category), lambda: self.checks.run_allowed(category))
