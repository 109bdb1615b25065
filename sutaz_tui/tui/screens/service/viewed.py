"""A table of a view on a screen: asked for while it is looked at, what its row unfolds below it, and of the past what is kept."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sutaz_tui.model import Snapshot
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import TableRow
from sutaz_tui.text.units import ago
from sutaz_tui.tui.screens.base import Moment
from sutaz_tui.tui.screens.lists import ListScreen
from sutaz_tui.views.base import Rows, View
from sutaz_tui.wiring.views import LiveView
from widgets.row_curves import curves_of
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

Live = Callable[[View, str, Callable[[], None]], LiveView]
NOT_KEPT = "what this view asks is not kept: Esc goes to now, Tab to the next view"
PAUSED = "paused: nobody pressed a key for 15 minutes; any key goes on"
LEFT_TO_TABLE = 4
"""Lines that a table keeps, at the least, beside what its row unfolds."""


class ViewedScreen(ListScreen):
    """Shows a view of a service, where one is open.

    `live` makes the question of a view of a service, `follow` goes where a row leads. The row that is called `sought` is
    gone to once it is there; `signs` draw small lines.
    """

    def __init__(self, live: Live, follow: Callable[[str], Awaitable[None]], sought: str, signs: str) -> None:
        super().__init__()
        self._live = live
        self._follow = follow
        self._sought = sought
        self._signs = signs
        self._view: View | None = None
        self._shown: Snapshot | None = None
        self._past: Rows | None = None
        self._table: TableView | None = None
        self.query_now: LiveView | None = None
        self.told = TextView(id="view-told")
        self.detail = TextView(id="view-detail")

    def on_unmount(self) -> None:
        self.stop_asking()

    def on_screen_suspend(self) -> None:
        # Nobody looks while something stands over it.
        if self.query_now is not None:
            self.query_now.stop()

    def on_screen_resume(self) -> None:
        self._ask()

    # Asking

    def put_view(self, view: View | None) -> TableView | None:
        """Make the table of a view, None for none; the one before, which is to be removed."""
        before, self._view = self._table, view
        self._table = TableView(view.columns, signs=self._signs) if view is not None else None
        return before

    def ask_view(self) -> None:
        """Ask for the view's rows from now on, or show what is kept of the past."""
        if self._view is not None:
            self.query_now = self._live(self._view, self.service_id, self._answered)
            self._show_past()
            self._ask()

    def stop_asking(self) -> None:
        """Ask nothing any more."""
        if self.query_now is not None:
            self.query_now.stop()
            self.query_now = None

    def take(self, snapshot: Snapshot) -> None:
        """Show the past in place of what is asked, or the other way round."""
        was_past, self._shown = self._is_past, snapshot
        if self._table is not None and self.query_now is not None:
            if was_past is not snapshot.is_past:
                self.query_now.stop()
                self._table.show([])
                self._ask()
            self._show_past()

    @property
    def _is_past(self) -> bool:
        return self._shown is not None and self._shown.is_past

    def _ask(self) -> None:
        """Ask where somebody looks, and not at the past."""
        if self.query_now is not None and self.is_active and not self._is_past:
            self.query_now.start()

    def _show_past(self) -> None:
        view, snapshot = self._view, self._shown
        self._past = None
        if view is not None and view.of_past is not None and snapshot is not None and snapshot.is_past:
            found = view.of_past(snapshot, self.service_id)
            self._past = found if found.rows else None
        if self._past is not None and self._table is not None:
            self._table.show(self._past.rows, self._past.total)
            self._seek()

    def _answered(self) -> None:
        if self._table is not None and self.query_now is not None:
            if (rows := self.query_now.answer) is not None and not self._is_past:
                self._table.show(rows.rows, rows.total)
                self._seek()
            self.arranged()

    def _seek(self) -> None:
        """Go to the row that was asked for, once."""
        sought, self._sought = self._sought, ""
        if sought and self._table is not None and not self._table.select_called(sought):
            self.say(f"nothing here is called {one_line(sought, 60)}")

    # What stands around the table

    def show_around(self) -> None:
        """Show what is wrong, and what the selected row unfolds, where the table leaves room for that."""
        self.told.show(told := self.troubles())
        self.told.styles.height = len(told)
        table, row = self._table, self._row
        lines = row.detail if row is not None and table is not None and not table.is_unfolded else ()
        if table is not None and lines:
            room = table.size.height + self.detail.size.height
            if room - (1 + len(table.rows)) <= len(lines) or room - len(lines) - 1 < LEFT_TO_TABLE:
                lines = ()
        detail: list[Line] = (
            [("", ""), *((f"  {one_line(line, 400)}", "muted") for line in lines)] if lines else []
        )
        if table is not None and row is not None and not table.is_unfolded:
            left = table.size.height + self.detail.size.height - (1 + len(table.rows)) - len(detail)
            detail = [*curves_of(row, self.size.width, left, self._signs), *detail]
        self.detail.show(detail)
        self.detail.styles.height = len(detail)
        if table is not None and self.query_now is not None:
            self.query_now.see(table.seen)

    def on_table_view_selected(self, _: TableView.Selected) -> None:
        self.show_around()

    def troubles(self) -> list[Line]:
        """What is wrong with a view's rows, or missing from them."""
        query = self.query_now
        if query is None:
            return []
        if self._is_past:
            words = [self._past.missing if self._past is not None else NOT_KEPT]
        else:
            missing = query.answer.missing if query.answer is not None else ""
            words = [query.trouble, PAUSED if query.is_paused else "", missing]
        return [(f" {one_line(one, 300)}", "degraded") for one in words if one]

    def table_words(self, name: str) -> list[str]:
        """How many rows the table has, what they are, how they stand, and how old they are."""
        parts = [name]
        if self._table is not None and self.query_now is not None:
            rows, age = self._past if self._is_past else self.query_now.answer, self.query_now.age()
            if rows is not None:
                arrangement = self._table.arrangement
                order = arrangement.words(self._table.columns) if arrangement.is_sorted else rows.order
                parts += [self._table.counted, rows.about, order]
            parts.append(f"& {one_line(self.filtered_by, 30)}" if self.filtered_by else "")
            parts.append("" if self._is_past else "asking" if age is None else f"{ago(age)} ago")
        return parts

    # What keys ask for

    def ask_now(self) -> bool:
        """Ask a view's question at once; False where none is shown."""
        if self.query_now is not None:
            self.query_now.ask_now()
        return self.query_now is not None

    def key_pressed(self) -> None:
        """Somebody looks."""
        if self.query_now is not None:
            self.query_now.key_pressed()

    @property
    def log_id(self) -> str:
        """Whose log the selected row has, "" for that of the service."""
        return self._row.log if self._row is not None else ""

    @property
    def moment(self) -> Moment | None:
        """When that happened which the selected row tells of."""
        row = self._row
        if row is None or row.at is None or self._table is None:
            return None
        words = "  ".join(text for column in self._table.columns if (text := column.text(row)))
        return Moment(row.log or self.service_id, datetime.fromtimestamp(row.at, UTC), words)

    @property
    def _row(self) -> TableRow | None:
        return self._table.selected if self._table is not None else None

    async def go_along(self) -> bool:
        """Go where the selected row leads; False where it leads nowhere."""
        row = self._row
        if row is None or not row.link:
            return False
        await self._follow(row.link)
        return True

    def unfold(self) -> None:
        """Show the detail of the selected row, or fold it again."""
        if (table := self.table) is not None:
            if not table.unfold():
                self.say("nothing more to show")
            self.show_around()
