"""One service: why it is so, the views of its kind, each asked for while it is looked at, and its curves."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.engine.live_query import LiveQuery
from sutaz_tui.model import Service, ServiceState, Snapshot
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago
from sutaz_tui.tui.keymap import SERVICE
from sutaz_tui.tui.screens.base import Moment, bindings
from sutaz_tui.tui.screens.lists import ListScreen
from sutaz_tui.tui.screens.related import Related
from sutaz_tui.tui.screens.service.curves import Curves
from sutaz_tui.views.base import Rows, View
from sutaz_tui.views.registry import views_of
from widgets.foot import Foot
from widgets.service_whole import whole_lines
from widgets.service_words import copy_line
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

FOOT = " j/k scroll   o answers   l log   r poll   y copy   Tab view   q back   ← → service   ? help"
TABLE_FOOT = " j/k move   < > sort   & filter   / find   r poll   y copy   Tab next view   q back   ? help"
CURVES_FOOT = " + - span   ← → cursor   Enter go there   l log then   d diff   j/k further   y copy   Tab next view   ? help"
CURVES: Final = "curves"
Opened = View | Literal["curves"] | None
"""What of a service is shown: a view of its kind, its curves, None for why it is so."""
Live = Callable[[View, str, Callable[[], None]], LiveQuery[Rows]]


class ServiceScreen(ListScreen):
    """Shows one service, as text or by the view `opened`.

    `state_of` gives how a service is now, `needed_by` who needs it, `live` the question of a view of a service;
    `go_to` shows all as it was at a moment.
    """

    focus_name = SERVICE
    BINDINGS: ClassVar[list[BindingType]] = bindings(SERVICE)

    def __init__(
        self,
        service_id: str,
        services: Sequence[Service],
        state_of: Callable[[str], ServiceState | None],
        needed_by: Callable[[str], tuple[str, ...]],
        now: Callable[[], datetime],
        live: Live,
        curves: Curves,
        go_to: Callable[[datetime], Awaitable[None]],
        opened: Opened = None,
    ) -> None:
        super().__init__()
        self._watched = service_id
        self._is_unfolded = False
        self._services = {service.id: service for service in services}
        self._titles = {service.id: service.title for service in services}
        self._state_of = state_of
        self._again: dict[str, str] = {}
        self._needed_by = needed_by
        self._related = Related(services, needed_by)
        self._now = now
        self._live = live
        self._go_to = go_to
        self.curves = curves
        self.opened = opened
        self.query_now: LiveQuery[Rows] | None = None
        self.why = TextView(wraps=True)
        self.heading = TextView(id="view-head")
        self.told = TextView(id="view-told")
        self._table: TableView | None = None
        self._is_past = False
        self.foot = Foot(FOOT)

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.why
        yield self.curves
        yield self.told
        yield self.foot

    async def on_mount(self) -> None:
        await self._open(self.opened)

    def on_unmount(self) -> None:
        self._stop()

    def on_screen_suspend(self) -> None:
        # Nobody looks while something stands over it.
        if self.query_now is not None:
            self.query_now.stop()

    def on_screen_resume(self) -> None:
        self._ask_view()

    def _ask_view(self) -> None:
        """Ask the view's question from now on, where somebody looks and not at the past."""
        if self.query_now is not None and self.is_current and not self._is_past:
            self.query_now.start()

    @property
    def service_id(self) -> str:
        """The id of the service."""
        return self._watched

    @property
    def pane(self) -> TableView | TextView | Curves:
        """The table of the view, the curves, or the text on why."""
        return self.curves if self.opened == CURVES else self._table or self.why

    async def _open(self, opened: Opened) -> None:
        """Show a view of the service, its curves, None for why it is as it is."""
        self._stop()
        self.opened, self.filtered_by = opened, ""
        view = opened if opened != CURVES else None
        before, self._table = self._table, TableView(view.columns) if view is not None else None
        self.why.display, self.curves.display = opened is None, opened == CURVES
        if self._table is not None:
            await self.mount(self._table, before=self.told)
        self.focus_keys()
        if before is not None:
            await before.remove()
        self.foot.set_keys(CURVES_FOOT if opened == CURVES else FOOT if view is None else TABLE_FOOT)
        if view is not None:
            self.query_now = self._live(view, self._watched, self._answered)
            self._ask_view()
        await self._draw_curves()
        self._show(self._now())

    async def _draw_curves(self) -> None:
        """Read the curves where they are looked at, and are not of this minute."""
        at = self._now()
        if self.opened == CURVES and self.curves.is_due(self._watched, at):
            await self.curves.show_at(self._watched, at)
            self._show(at)

    def _stop(self) -> None:
        if self.query_now is not None:
            self.query_now.stop()
            self.query_now = None

    def _answered(self) -> None:
        if self._table is not None and self.query_now is not None:
            if (rows := self.query_now.answer) is not None:
                self._table.show(rows.rows, rows.total)
            self._show(self._now())

    # What it shows

    def show(self, snapshot: Snapshot) -> None:
        """Show how the service is, or was."""
        if snapshot.is_past is not self._is_past:
            self._is_past = snapshot.is_past
            if self._table is not None and self.query_now is not None:
                self.query_now.stop()
                self._table.show([])
                self._ask_view()
        self._again = {cause.id: cause.again for cause in snapshot.causes}
        self.tick(snapshot)
        self._show(snapshot.at)

    def tick(self, snapshot: Snapshot) -> None:
        """Let the age of a view's rows grow, and curves go on."""
        if self.opened == CURVES:
            self.call_later(self._draw_curves)
        elif self._table is not None:
            self._show(snapshot.at)

    def on_resize(self) -> None:
        # What is folded is cut at the width.
        self._show(self._now())

    def arranged(self) -> None:
        """The heading counts the rows that are left."""
        self._show(self._now())

    def _show(self, now: datetime) -> None:
        state = self._state_of(self._watched)
        self.heading.show(self._heading())
        self.heading.styles.height = len(self._heading())
        self.told.show(told := _troubles(self.query_now, self._is_past))
        self.told.styles.height = len(told)
        if state is not None and self.opened is None:
            needed_by, again = self._needed_by(self._watched), self._again.get(self._watched, "")
            width, is_unfolded = self.size.width, self._is_unfolded
            self.why.show(whole_lines(state, self._titles, needed_by, now, width, is_unfolded, again))

    def _heading(self) -> list[Line]:
        """The views of the service; of a table how many rows it has, what they are and how old, of curves their time."""
        views = views_of(self._services[self._watched].kind)
        here = "why" if self.opened is None else CURVES if self.opened == CURVES else self.opened.heading
        names = ("why", *(view.heading for view in views), CURVES)
        lines: list[Line] = [
            (
                f" {one_line(self._titles[self._watched], 40)}   "
                + "   ".join(name.upper() if name == here else name for name in names),
                "muted",
            )
        ]
        if self.opened == CURVES:
            lines.append((f" {self.curves.heading}", "heading"))
        if self._table is not None and self.query_now is not None:
            rows, age = self.query_now.answer, self.query_now.age()
            parts = [here.upper()]
            if rows is not None and not self._is_past:
                arrangement = self._table.arrangement
                order = arrangement.words(self._table.columns) if arrangement.is_sorted else rows.order
                parts += [self._table.counted, rows.about, order]
            parts += [f"& {one_line(self.filtered_by, 30)}" if self.filtered_by else ""]
            parts += ["" if self._is_past else "asking" if age is None else f"{ago(age)} ago"]
            lines.append((" " + "   ".join(filter(None, parts)), "heading"))
        return lines

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        lines = [text for text, _ in (*self._heading(), *_troubles(self.query_now, self._is_past))]
        return ("\n".join([*lines, self.pane.text]),)

    @property
    def copied_line(self) -> str:
        """The selected row, or the line that repeats the question."""
        if self._table is not None:
            return self._table.copied_line
        if self.opened == CURVES and (at := self.curves.moment) is not None:
            title = one_line(self._titles[self._watched], 60)
            return f"{title} at {at.astimezone():%Y-%m-%d %H:%M}: {self.curves.values}"
        state = self._state_of(self._watched)
        return copy_line(state) if state is not None else ""

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
    def moment(self) -> Moment | None:
        """The moment under the cursor of the curves, of this service."""
        at = self.curves.moment if self.opened == CURVES else None
        return Moment(self._watched, at, self.copied_line) if at is not None else None

    async def action_view(self, by: int) -> None:
        """Show the next view or the previous one, round the end."""
        views = _all_views(self._services[self._watched])
        await self._open(views[(views.index(self.opened) + by) % len(views)])

    async def action_next(self, by: int) -> None:
        """Move the cursor of the curves, else show another service, in the config's order, by the same view if it has that."""
        if self.opened == CURVES:
            self.curves.move_cursor(by)
            self._show(self._now())
            return
        ids = list(self._services)
        await self._go(ids[(ids.index(self._watched) + by) % len(ids)])

    def action_answers(self) -> None:
        """Open the raw answers, or fold them."""
        if self.opened is not None:
            self.say("the answers are in the first view: Tab")
            return
        self._is_unfolded = not self._is_unfolded
        self._show(self._now())

    async def action_related(self, by: int) -> None:
        """Show what the service needs (-1), or who needs it (1)."""
        id, words = self._related.next(self._watched, by)
        if id:
            await self._go(id)
        self.say(words)

    async def _go(self, service_id: str) -> None:
        self._watched = service_id
        self.why.scroll_home(animate=False)
        views = _all_views(self._services[service_id])
        await self._open(self.opened if self.opened in views else None)

    async def action_span(self, by: int) -> None:
        """Let the curves show a longer or a shorter time."""
        if self.opened != CURVES:
            self.say("there are no curves here: Tab goes to them")
        elif not self.curves.set_span(by):
            self.say("longest span" if by > 0 else "shortest span")
        else:
            await self._draw_curves()

    async def action_unfold(self) -> None:
        """Show the detail of the selected row, or fold it again; of curves, all as it was at the cursor."""
        if self.opened == CURVES:
            if (at := self.curves.moment) is not None:
                await self._go_to(at)
            else:
                self.say("no moment is chosen: ← → put the cursor there")
        elif (table := self.table) is not None and not table.unfold():
            self.say("nothing more to show")


def _all_views(service: Service) -> tuple[Opened, ...]:
    return (None, *views_of(service.kind), CURVES)


def _troubles(query: LiveQuery[Rows] | None, is_past: bool) -> list[Line]:
    """What is wrong with a view's rows, or missing from them."""
    if query is None:
        return []
    if is_past:
        return [(" what this view asks is not kept: Esc goes to now, Tab to the next view", "degraded")]
    paused = "paused: nobody pressed a key for 15 minutes; any key goes on" if query.is_paused else ""
    missing = query.answer.missing if query.answer is not None else ""
    return [(f" {one_line(words, 300)}", "degraded") for words in (query.trouble, paused, missing) if words]
