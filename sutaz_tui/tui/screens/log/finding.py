"""Finding in a log: a text, a level, a mark, a hole; where what is here does not have it, its sources are asked."""

import asyncio
from collections.abc import Callable, Generator

from textual.containers import Vertical
from textual.timer import Timer

from sutaz_tui.errors import SutazError
from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Gap, Level
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.pager import Seeking
from sutaz_tui.logs.reader import Place
from sutaz_tui.logs.sought import Sought
from sutaz_tui.tui.screens.base import BaseScreen
from sutaz_tui.tui.screens.log.session import LogSession
from sutaz_tui.tui.screens.log.words import Looking, hole_words
from widgets.prompt import Prompt

TYPED_FOR = 0.15
"""Seconds without a letter after which typing rests."""
Steps = Generator[None, None, None]
"""Work in steps, between which others may work."""


class LogFinding(Vertical):
    """What the keys that find ask of a session's log."""

    session: LogSession
    looking: Looking
    came_up = False
    """Whether the reader last went up: a hole is then read from its end."""
    _work: asyncio.Task[None] | None = None
    _typing: Timer | None = None

    def say(self, words: str) -> None:
        """Say something at the foot."""
        raise NotImplementedError

    def acted(self) -> None:
        """Show at once what a key did."""
        raise NotImplementedError

    def ask(self, prompt: Prompt) -> None:
        """Have something typed."""
        if isinstance(self.screen, BaseScreen):
            self.screen.open_prompt(prompt)

    # What keys ask for. Names are those of the key table's calls.

    def action_next_of(self, level: str, by: int) -> None:
        """The next or previous line of at least a level, or the one so many further on."""
        self.came_up = by < 0
        self.do(self._seek_level(Level[level.upper()], by))

    def _seek_level(self, level: Level, by: int) -> Steps:
        found = yield from _repeated(lambda one: self.session.pager.seek(level, one), by)
        none = f"no {_side(by)} {'error' if level is Level.ERROR else 'warning'}"
        sought = self._sought((), level, exactly=level is Level.WARN)
        self._go_on(found, sought, by, none, lambda: self.action_next_of(level.name, by))

    def action_find(self) -> None:
        """Type what to find: the first match that is here is gone to while typing rests; giving up leads back."""
        place, before = self.session.pager.place, (self.looking.find, self.looking.typed.get("find", ""))

        def given_up() -> None:
            self.stop_waiting()
            self.session.pager.return_to(place)
            self.looking.find, self.looking.typed["find"] = before
            self.acted()

        def typed(text: str) -> None:
            self.when_typing_rests(lambda: self._find_from(place, text, is_typed=True))

        def entered(text: str) -> None:
            self._find_from(place, text)

        words = "find in the log: text, /regex/, ! before it: without"
        self.ask(Prompt(words, entered, typed, before[1], given_up=given_up, sign="/"))

    def when_typing_rests(self, act: Callable[[], None]) -> None:
        """Do it once nothing more was typed for a moment."""
        self.stop_waiting()
        self._typing = self.set_timer(TYPED_FOR, act)

    def stop_waiting(self) -> None:
        """Do not do it any more."""
        if self._typing is not None:
            self._typing.stop()
            self._typing = None

    def action_find_again(self, by: int) -> None:
        """The next or previous line that was found, or the one so many further on."""
        if self.session.pager.sought is None:
            self.say("nothing to find yet: / finds")
        else:
            self.came_up = by < 0
            self.do(self._seek(by))

    def _find_from(self, place: Place, text: str, is_typed: bool = False) -> None:
        self.stop_waiting()
        self.session.pager.return_to(place)
        self.find(text, is_typed)

    def find(self, text: str, is_typed: bool = False) -> None:
        """Find a text; nothing finds nothing any more. While it is typed nothing is said, and no source is asked."""
        looking, wanted = self.looking, text.strip()
        looking.typed["find"] = wanted
        try:
            self.session.pager.sought = Pattern(wanted) if wanted.removeprefix("!").strip() else None
        except SutazError as error:
            if not is_typed:
                self.say(str(error))
            self.acted()
            return
        looking.find = wanted
        if self.session.pager.sought is None:
            self.acted()
            return
        self.do(self._seek_anywhere(is_typed))

    def _seek(self, by: int) -> Steps:
        found = yield from _repeated(self.session.pager.search, by)
        self._find_on(found, by, f"no {_side(by)} match")

    def _seek_anywhere(self, is_typed: bool) -> Steps:
        pager, by = self.session.pager, 1
        found = None if pager.is_following else (yield from pager.search(1, itself=True))
        if found is None:
            by, found = -1, (yield from pager.search(-1, itself=True))
        if not is_typed:
            self._find_on(found, by, "no match")

    def _find_on(self, found: Entry | None, by: int, none: str) -> None:
        if (pattern := self.session.pager.sought) is not None:
            self._go_on(found, self._sought((pattern,)), by, none, lambda: self.action_find_again(by))

    def find_filtered(self) -> None:
        """Look for a line that the filter lets through where none that is here is."""
        buffer = self.session.buffer
        if buffer.filter.looks_inside and not any(entry.gap is None for entry in buffer.visible):
            self._go_on(None, self._sought(()), -1, "no line passes the filter", lambda: None)

    def _sought(
        self, patterns: tuple[Pattern, ...], level: Level = Level.UNKNOWN, exactly: bool = False
    ) -> Sought:
        """It, among what the filter in force lets through."""
        filter = self.session.buffer.filter
        least = max(level, filter.least)
        return Sought((*patterns, *filter.patterns), least, exactly and least is level, filter.shows_health)

    def _go_on(
        self, found: Entry | None, sought: Sought, by: int, none: str, again: Callable[[], None]
    ) -> None:
        """Where a search ended at a hole, or at the end of what is here, look in what the sources have."""
        if found is not None and found.gap is None:
            return
        gap = None if found is None else found.gap
        one = 1 if by > 0 else -1

        def behind(hole: Gap) -> None:
            if hole.is_unread:
                again()
            else:
                # What its source lost nobody can search.
                self.say(hole_words(hole, self.session.pager.times))

        folded = self._folded_may()
        if not self.session.whole_log.search(sought, one, (none, folded), gap, behind):
            self.say(f"{none}{folded}")

    def _folded_may(self) -> str:
        folded = not self.looking.shows_health and self.session.buffer.counts.health_folded
        return "; health checks: H shows them" if folded else ""

    def action_next_hole(self) -> None:
        """The next hole, the first one where none is below."""
        if self.session.pager.next_hole() is None:
            self.say("no lines are missing here")
        self.acted()

    def action_mark(self) -> None:
        """Mark the selected line, or unmark it."""
        self.session.pager.mark()
        self.acted()

    def action_next_mark(self, by: int) -> None:
        """The next or previous marked line, or the one so many further on."""
        one = 1 if by > 0 else -1
        if not all(self.session.pager.next_mark(one) for _ in range(abs(by))):
            self.say("no bookmark that way: m sets one")
        self.acted()

    # Work that would hold up keys.

    def do(self, steps: Steps | None = None) -> None:
        """Do a first step at once and the others between other work; what was being done before is given up, but for a
        filter and folds: who goes on to something else still looks through them."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
        whole = self._settled_and(steps)
        if not self._step(whole):
            self._work = self.session.keep(self._do_rest(whole))
        self.acted()

    def _settled_and(self, steps: Steps | None) -> Steps:
        while not self.session.buffer.refilter():
            yield
        if steps is not None:
            yield from steps

    async def _do_rest(self, steps: Steps) -> None:
        done, buffer = False, self.session.buffer
        while not done:
            was_settled = buffer.is_settled
            await asyncio.sleep(0)
            done = self._step(steps)
            if buffer.is_settled is not was_settled:
                self.acted()
        self.acted()

    def _step(self, steps: Steps) -> bool:
        """Whether that was the last one."""
        try:
            next(steps)
        except StopIteration:
            return True
        except SutazError as error:
            self.say(str(error))
            return True
        return False


def _side(by: int) -> str:
    return "later" if by > 0 else "earlier"


def _repeated(seek: Callable[[int], Seeking], by: int) -> Seeking:
    """Seek so many times, forwards (`by` > 0) or backwards; up to the first gap, None as soon as there is no further."""
    found = None
    for _ in range(abs(by)):
        found = yield from seek(1 if by > 0 else -1)
        if found is None or found.gap is not None:
            break
    return found
