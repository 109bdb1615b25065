"""A log with its title: under the board or on a screen of its own."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import ClassVar

from msgspec import structs
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from sutaz_tui.errors import SutazError
from sutaz_tui.logs.lines import Level
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.model import Change
from sutaz_tui.text.moments import DAY, moment, nanoseconds
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.keymap import EVERYWHERE, LOG, ROWS, keys_of
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.log.around import LogAround
from sutaz_tui.tui.screens.log.finding import Steps
from sutaz_tui.tui.screens.log.session import LogSession
from sutaz_tui.tui.screens.log.words import LEVELS, Looking, notice, title_parts
from widgets.foot import Foot
from widgets.log_title import LogTitle
from widgets.log_view import LogRow, LogView
from widgets.prompt import Prompt

UNMASKED_FOR = 60
MOMENTS = "1m  5m  15m  1h (ago)  head  14:07  14:07:11  2026-11-22T14:07"


class LogPanel(LogAround, can_focus=True):
    """Shows a session's log and does what its keys ask of lines; what they ask of the program is the app's."""

    focus_name = LOG
    BINDINGS: ClassVar[list[BindingType]] = bindings(LOG)

    def __init__(self, session: LogSession, changes: Callable[[], Sequence[Change]] = tuple) -> None:
        super().__init__(classes="log")
        self.session = session
        self.changes = changes
        self.bars = LogView(self.bar_rows)
        self.bars.display = False
        self.looking = Looking()
        self.title_line = LogTitle()
        self.view = LogView(self._rows)
        self._unmasked: Timer | None = None
        self._unmasked_until = 0.0
        self._told: SutazError | None = None

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.bars
        yield self.view

    def on_mount(self) -> None:
        self.acted()

    def on_key(self) -> None:
        """What the foot said of the key before is past: beside what this one shows it would be wrong."""
        for foot in self.screen.query(Foot):
            foot.hush()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key ends here: those of the board would move what is not seen."""
        del character
        keymap = getattr(self.app, "keymap_checked", {})
        return not any(key in keys_of(action, keymap) for action in ROWS[EVERYWHERE])

    def on_unmount(self) -> None:
        self.close_bars()
        if self._work is not None:
            self._work.cancel()
        self.session.keep(self.session.aclose())

    def changed(self) -> None:
        """Lines came, or what is said of them differs: show it when the line to the terminal bears it."""
        if self.is_attached:
            self._tell_problem()
            self._tell_unmasked()
            self.view.paint_soon()

    def _tell_problem(self) -> None:
        """Say that the filter took too long and was taken away."""
        problem = self.session.buffer.problem
        if problem is not None and problem is not self._told:
            self.looking.filter = self.looking.typed["filter"] = ""
            self.say(str(problem))
        self._told = problem

    def _rows(self, width: int, height: int) -> list[LogRow]:
        # The title counts what comes: it changes as often as the lines are painted, not as often as they come.
        self.title_line.show(title_parts(self.session, self.looking))
        if told := notice(self.session, self.looking, width):
            return [((text, role),) for text, role in told]
        return self.session.pager.page(width, height)

    def acted(self) -> None:
        """Show at once what a key did."""
        self.view.pressed()
        self.changed()

    def tell_opens(self, title: str) -> None:
        """Name in the title the service whose log the key would open in place of this one, "" for none."""
        if title != self.looking.opens:
            self.looking.opens = title
            self.acted()

    def say(self, words: str) -> None:
        """Say something at the foot."""
        say = getattr(self.app, "say", None)
        if say is not None and words:
            # What a server says may quote a header.
            say(self.session.pager.safe.line(words))

    # What keys ask for. Names are those of the key table's calls.

    def action_move(self, by: int) -> None:
        """Move the selection by so many lines."""
        self.session.pager.move(by)
        self._read_on(by)

    def action_half_page(self, by: int) -> None:
        """Move by half a page."""
        self.session.pager.half_page(by)
        self._read_on(by)

    def action_page(self, by: int) -> None:
        """Move by a page."""
        self.session.pager.page_by(by)
        self._read_on(by)

    def _read_on(self, by: int) -> None:
        self.came_up = by < 0
        visible = self.session.buffer.visible
        if by > 0 and (not visible or self.session.pager.selected is visible[-1]):
            self.session.newer()
        self.acted()
        # Whether the top is in sight shows once the rows were asked for.
        if by < 0 and self.session.pager.wants_older:
            self.session.older()

    def action_first(self) -> None:
        """The oldest line that is here."""
        self.session.pager.first()
        self.acted()
        self.session.older()

    def action_go_to_row(self, number: int) -> None:
        """The line of this number, counted from the oldest here."""
        self.session.pager.go_to_row(number)
        self.acted()

    def action_follow(self) -> None:
        """The newest line, and follow."""
        self.session.live()
        self.acted()

    def action_stop(self) -> None:
        """Stop following, or go on."""
        if self.session.pager.is_following:
            self.session.pager.stop()
            self.acted()
        else:
            self.action_follow()

    def action_filter(self) -> None:
        """Type what to show."""
        words, value = "only lines with (!text: without; /regex/)", self.looking.typed.get("filter", "")
        self.ask(Prompt(words, self.filter_entered, self.filter, value, sign="&"))

    def action_time(self) -> None:
        """Type a moment."""
        self.ask(Prompt(f"go to: {MOMENTS}", self.go_to_typed))

    def filter(self, text: str) -> None:
        """Show only lines with a text, as soon as the typing rests."""
        self.looking.typed["filter"] = text.strip()
        self.when_typing_rests(lambda: self.filter_now(text))

    def filter_entered(self, text: str) -> None:
        """Show only lines with a text; where no match here, look for one."""
        self.filter_now(text, is_entered=True)

    def filter_now(self, text: str | None = None, is_entered: bool = False) -> None:
        """Show only what the filter, the level and the folding of health checks let through; one that is wrong is told
        and the one before stays."""
        self.stop_waiting()
        looking, buffer = self.looking, self.session.buffer
        wanted = looking.filter if text is None else text.strip()
        if text is not None:
            looking.typed["filter"] = wanted
        try:
            patterns = (Pattern(wanted),) if wanted.removeprefix("!").strip() else ()
        except SutazError as error:
            self.say(str(error))
            return
        looking.filter = wanted
        if wanted:
            self.fold()
        buffer.set_filter(Filter(patterns, looking.least, looking.shows_health))
        # Behind it: what is folded anew is then held against no pattern.
        self.fold()
        self.do(self._found_elsewhere() if is_entered else None)

    def _found_elsewhere(self) -> Steps:
        self.find_filtered()
        yield

    def action_level(self) -> None:
        """The next least level."""
        here = LEVELS.index(self.looking.least)
        self.looking.least = LEVELS[(here + 1) % len(LEVELS)]
        self.filter_now()
        self.say("all levels" if not self.looking.least else f"{self.looking.least.name.lower()} and above")

    def widen(self) -> bool:
        """Close the histogram, else take the filter and the level away; False when neither is there."""
        if self.close_bars():
            return True
        super().widen()
        is_narrowed = bool(self.looking.filter or self.looking.least)
        if is_narrowed:
            self.looking.least = Level.UNKNOWN
            self.filter_now("")
        return is_narrowed

    def action_again(self) -> None:
        """Read the log again."""
        self.session.keep(self.session.again())

    def action_health(self) -> None:
        """Show health-check lines, or fold them."""
        self.looking.shows_health = not self.looking.shows_health
        self.filter_now()

    def go_to(self, at: int) -> None:
        """The first line at or after a moment."""
        self.session.go_to(at)
        self.acted()

    def go_to_head(self) -> None:
        """The first line that the source has, fetched where it is older than all that is here."""
        self.session.go_to_head()
        self.acted()

    def go_to_typed(self, text: str) -> None:
        """The first line at or after a moment as people type it."""
        typed = text.strip().removeprefix("-").removesuffix("ago").strip()
        now = self.session.clock.now().astimezone()
        if typed == "head":
            self.go_to_head()
        elif (at := moment(typed, now)) is not None:
            # A time of day that is still to come was yesterday's.
            self.go_to(at if at <= nanoseconds(now) or "-" in typed else at - DAY)
        else:
            self.say(f"{one_line(text, 30)!r} is not a time; examples: {MOMENTS.replace('  ', ', ')}")

    def pieces(self) -> Iterable[str]:
        """The whole log as text: its title, without what goes for the screen alone, then its lines."""
        parts = title_parts(self.session, structs.replace(self.looking, unmasked_for=0, opens=""))
        yield "-- " + "  ".join(forms[0] for _, forms, _ in parts) + "\n"
        yield from self.session.pager.pieces()

    @property
    def copied_line(self) -> str:
        """The selected line."""
        return self.session.pager.copied()

    def action_open(self) -> None:
        """Open the selected entry, or close it; fetch a gap."""
        if self.go_to_bar():
            pass
        elif (gap := self.session.pager.gap) is not None:
            self.session.fetch(gap, self.came_up)
        else:
            self.session.pager.toggle()
        self.acted()

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.session.pager.is_wrapped = not self.session.pager.is_wrapped
        self.acted()

    def action_stamps(self) -> None:
        """The next way to write times."""
        self.say(f"times: {self.session.pager.next_times().value}")
        self.acted()

    def action_unmask(self) -> None:
        """Show secrets for a minute, on the screen alone."""
        self._unmasked_until = self.session.clock.monotonic() + UNMASKED_FOR
        self.session.pager.unmasked = True
        if self._unmasked is None:
            self._unmasked = self.set_interval(1, self.changed)
        self.say("secrets are shown for 60 s; what is copied or saved stays masked")
        self.acted()

    def _tell_unmasked(self) -> None:
        left = self._unmasked_until - self.session.clock.monotonic()
        self.looking.unmasked_for = max(0, ceil(left))
        if left <= 0 and self._unmasked is not None:
            self._unmasked.stop()
            self._unmasked = None
            self.session.pager.unmasked = False
            self.view.pressed()
