"""One service: why it is so, the views of its kind, each asked for while it is looked at, and its curves."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import BindingType

from sutaz_tui.model import Service, ServiceState, Snapshot
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.keymap import SERVICE
from sutaz_tui.tui.screens.base import Moment, bindings
from sutaz_tui.tui.screens.related import Related
from sutaz_tui.tui.screens.service.curves import Curves
from sutaz_tui.tui.screens.service.viewed import Live, ViewedScreen
from sutaz_tui.views.base import View
from sutaz_tui.views.registry import views_of
from widgets.foot import Foot
from widgets.service_whole import whole_lines
from widgets.service_words import copy_line
from widgets.sparkline import BLOCKS
from widgets.table_view import TableView
from widgets.text_view import Line, TextView

FOOT = " j/k scroll   o answers   l log   r poll   y copy   Tab view   q back   ← → service   ? help"
TABLE_FOOT = (
    " j/k move   Enter go   o all of it   Tab next view   y copy   l log   q back   & filter   < > sort   / find"
    "   r poll   ? help"
)
CURVES_FOOT = " + - span   ← → cursor   Enter go there   l log then   d diff   j/k further   y copy   Tab next view   ? help"
CURVES: Final = "curves"
Opened = View | Literal["curves"] | None
"""What of a service is shown: a view of its kind, its curves, None for why it is so."""


class ServiceScreen(ViewedScreen):
    """Shows one service, as text or by the view `opened`.

    `state_of` gives how a service is now, `needed_by` who needs it, `go_to` shows all as it was at a moment.
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
        follow: Callable[[str], Awaitable[None]],
        opened: Opened = None,
        sought: str = "",
        signs: str = BLOCKS,
    ) -> None:
        super().__init__(live, follow, sought, signs)
        self._watched = service_id
        self._is_unfolded = False
        self._services = {service.id: service for service in services}
        self._titles = {service.id: service.title for service in services}
        self._state_of = state_of
        self._again: dict[str, str] = {}
        self._needed_by = needed_by
        self._related = Related(services, needed_by)
        self._now = now
        self._go_to = go_to
        self.curves = curves
        self.opened = opened
        self.why = TextView(wraps=True)
        self.heading = TextView(id="view-head")
        self.foot = Foot(FOOT)

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.why
        yield self.curves
        yield self.detail
        yield self.told
        yield self.foot

    async def on_mount(self) -> None:
        await self._open(self.opened)

    @property
    def service_id(self) -> str:
        """The id of the service."""
        return self._watched

    @property
    def opened_view(self) -> str:
        """The id of the view, CURVES, or "" for why it is as it is."""
        return self.opened.id if isinstance(self.opened, View) else self.opened or ""

    @property
    def pane(self) -> TableView | TextView | Curves:
        """The table of the view, the curves, or the text on why."""
        return self.curves if self.opened == CURVES else self._table or self.why

    async def _open(self, opened: Opened) -> None:
        """Show a view of the service, its curves, None for why it is as it is."""
        self.stop_asking()
        self.opened, self.filtered_by = opened, ""
        view = opened if opened != CURVES else None
        before = self.put_view(view)
        self.why.display, self.curves.display = opened is None, opened == CURVES
        if self._table is not None:
            await self.mount(self._table, before=self.detail)
        self.focus_keys()
        if before is not None:
            await before.remove()
        self.foot.set_keys(CURVES_FOOT if opened == CURVES else FOOT if view is None else TABLE_FOOT)
        if view is not None:
            self.ask_view()
        await self._draw_curves()
        self._show(self._now())

    async def _draw_curves(self) -> None:
        """Read the curves where they are looked at, and are not of this minute."""
        at = self._now()
        if self.opened == CURVES and self.curves.is_due(self._watched, at):
            await self.curves.show_at(self._watched, at)
            self._show(at)

    # What it shows

    def show(self, snapshot: Snapshot) -> None:
        """Show how the service is, or was."""
        self.take(snapshot)
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
        self.show_around()
        if state is not None and self.opened is None:
            needed_by, again = self._needed_by(self._watched), self._again.get(self._watched, "")
            width, is_unfolded = self.size.width, self._is_unfolded
            self.why.show(whole_lines(state, self._titles, needed_by, now, width, is_unfolded, again))

    def _heading(self) -> list[Line]:
        """The views of the service; of a table how many rows it has, what they are and how old, of curves their time."""
        views = views_of(self._services[self._watched].kind)
        here = "why" if self.opened is None else CURVES if self.opened == CURVES else self.opened.heading
        names = tuple(dict.fromkeys(("why", *(view.heading for view in views), CURVES, here)))
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
            lines.append((" " + "   ".join(filter(None, self.table_words(here.upper()))), "heading"))
        return lines

    def pieces(self) -> Iterable[str]:
        """What is shown, as plain lines."""
        lines = [text for text, _ in (*self._heading(), *self.troubles())]
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

    @property
    def moment(self) -> Moment | None:
        """The moment under the cursor of the curves, of this service, or that of the row."""
        if self.opened != CURVES:
            return super().moment
        at = self.curves.moment
        return Moment(self._watched, at, self.copied_line) if at is not None else None

    async def action_view(self, by: int) -> None:
        """Show the next view or the previous one, round the end."""
        views = _all_views(self._services[self._watched])
        at = views.index(self.opened) if self.opened in views else 0
        await self._open(views[(at + by) % len(views)])

    async def action_next(self, by: int) -> None:
        """Move the cursor of the curves, else show another service, in the config's order, by the same view if it has that."""
        if self.opened == CURVES:
            self.curves.move_cursor(by)
            self._show(self._now())
            return
        ids = list(self._services)
        await self._go(ids[(ids.index(self._watched) + by) % len(ids)])

    def action_answers(self) -> None:
        """Open the raw answers, or what a row of a table unfolds, or fold them."""
        if self._table is not None:
            self.unfold()
            return
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
        """Go where the selected row leads, else show its detail, or fold it again; of curves, all as it was at the cursor."""
        if self.opened == CURVES:
            if (at := self.curves.moment) is not None:
                await self._go_to(at)
            else:
                self.say("no moment is chosen: ← → put the cursor there")
        elif not await self.go_along():
            self.unfold()


def _all_views(service: Service) -> tuple[Opened, ...]:
    return (None, *views_of(service.kind), CURVES)
