"""A screen over one span of time with one cursor, asked for while it is looked at: charts, and why something is slow."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar, Protocol

from sutaz_tui.clock import Clock
from sutaz_tui.engine.live_query import LiveQuery
from sutaz_tui.model import Snapshot
from sutaz_tui.text.units import ago
from sutaz_tui.tui.screens.base import Moment
from sutaz_tui.tui.screens.lists import ListScreen
from sutaz_tui.tui.screens.service.curves import FIRST, SPANS
from sutaz_tui.wiring.charts import Window

EVERY = 15.0
"""Seconds between two questions: nothing is scraped more often."""
NEVER = 86_400.0
DEADLINE = 30.0


class WithCursor(Protocol):
    """What shows a span of time with a cursor."""

    @property
    def cursor(self) -> float | None:
        """The moment under the cursor (Unix seconds), None without one."""

    def move_cursor(self, by: int) -> None:
        """Move the cursor by so many columns."""

    def set_cursor(self, moment: float | None) -> None:
        """Put the cursor on a moment, or take it away."""


class Places:
    """What a spanned screen needs of the app: its clock, the moment that it shows, and the way to another one."""

    def __init__(
        self, clock: Clock, shown_at: Callable[[], datetime], go_to: Callable[[datetime], Awaitable[None]]
    ) -> None:
        self.clock, self.shown_at, self.go_to = clock, shown_at, go_to


class SpannedScreen(ListScreen):
    """Keeps the span, how far back it is, the cursor, and the question `query_now`, which is asked while somebody looks."""

    every: ClassVar[float] = EVERY
    """Seconds between two questions."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places = places
        self._span = FIRST
        self._back = 0.0
        self._is_past = False
        self.query_now: LiveQuery[object] = LiveQuery(
            self.bring,
            self.every,
            places.clock,
            self.refresh_all,
            DEADLINE,
            lambda _: NEVER if self._is_fixed else 0.0,
        )

    async def bring(self, timeout: float) -> object:
        """Ask for what is shown."""
        raise NotImplementedError

    def refresh_all(self) -> None:
        """Show what came."""
        raise NotImplementedError

    @property
    def curves(self) -> WithCursor:
        """What has the cursor."""
        raise NotImplementedError

    @property
    def asked(self) -> LiveQuery[object]:
        """The question of what is looked at."""
        return self.query_now

    def on_unmount(self) -> None:
        self.query_now.stop()

    def on_screen_suspend(self) -> None:
        # Nobody looks while something stands over it.
        self.asked.stop()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.asked.start()

    def show(self, snapshot: Snapshot) -> None:
        """Show the time up to now, or to the moment of the past that is shown."""
        if snapshot.is_past or self._is_past:
            self._is_past = snapshot.is_past
            self.query_now.ask_now()
        self.refresh_all()

    def tick(self, snapshot: Snapshot) -> None:
        """Let ages grow."""
        del snapshot
        self.refresh_all()

    def on_resize(self) -> None:
        self.refresh_all()

    # The span

    @property
    def _length(self) -> float:
        return SPANS[self._span].length.total_seconds()

    @property
    def _is_fixed(self) -> bool:
        """Whether it is about a time that is over: nothing changes there any more."""
        return self._is_past or self._back > 0

    @property
    def _until(self) -> float:
        return self._places.shown_at().timestamp() - self._back

    def window(self) -> Window:
        """The time that is to be shown now."""
        return Window.of(self._until, self._length)

    @property
    def span_words(self) -> str:
        """The time that is shown."""
        name = SPANS[self._span].name
        if not self._back:
            return f"last {name}"
        return f"{name} up to {datetime.fromtimestamp(self._until).astimezone():%d %b %H:%M}"

    @property
    def fresh_words(self) -> str:
        """How old what is shown is."""
        age = self.asked.age()
        return "asking" if age is None else f"{ago(age)} ago"

    @property
    def trouble_words(self) -> list[str]:
        """Why nothing new comes."""
        paused = (
            "paused: nobody pressed a key for 15 minutes; any key goes on" if self.asked.is_paused else ""
        )
        return [words for words in (self.asked.trouble, paused) if words]

    # The cursor

    @property
    def cursor_at(self) -> datetime | None:
        """The moment under the cursor, None without one."""
        cursor = self.curves.cursor
        return datetime.fromtimestamp(cursor, UTC) if cursor is not None else None

    @property
    def cursor_words(self) -> str:
        """The moment under the cursor and how long ago it was, "" without one."""
        if (at := self.cursor_at) is None:
            return ""
        return f"at {at.astimezone():%H:%M:%S}, {ago((self._places.clock.now() - at).total_seconds())} ago"

    @property
    def moment(self) -> Moment | None:
        """The moment under the cursor."""
        at = self.cursor_at
        return Moment(self.service_id, at, self.copied_line) if at is not None else None

    # What keys ask for

    def ask_now(self) -> bool:
        """Ask at once for what is shown."""
        self.asked.ask_now()
        return True

    def key_pressed(self) -> None:
        """Somebody looks."""
        self.asked.key_pressed()

    def action_cursor(self, by: int) -> None:
        """Move the cursor; past the edge to what is earlier or later."""
        before = self.curves.cursor
        self.curves.move_cursor(by)
        if before is not None and self.curves.cursor == before:
            self.action_pan(1 if by > 0 else -1)
        self.refresh_all()

    def action_pan(self, by: int) -> None:
        """Show a time half a span earlier, or later up to now."""
        before, self._back = self._back, max(0.0, self._back - by * self._length / 2)
        if before == self._back:
            self.say("this is the newest there is")
        else:
            self.query_now.ask_now()

    def action_span(self, by: int) -> None:
        """A longer or a shorter time."""
        before, self._span = self._span, max(0, min(len(SPANS) - 1, self._span + by))
        if before == self._span:
            self.say("longest span" if by > 0 else "shortest span")
        else:
            self.query_now.ask_now()
        self.refresh_all()

    async def action_enter(self) -> None:
        """Show all as it was at the cursor."""
        if (at := self.cursor_at) is not None:
            await self._places.go_to(at)
        else:
            self.say("no moment is chosen: ← → put the cursor there")

    async def back(self) -> bool:
        """Take the cursor away first, or what is filtered."""
        if await super().back():
            return True
        if self.curves.cursor is None:
            return False
        self.curves.set_cursor(None)
        self.refresh_all()
        return True
