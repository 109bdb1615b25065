"""The board: the head, the map of all services, the selected one below it, and beside it where there is room."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from sutaz_tui.config import Config, warn_of
from sutaz_tui.model import GLYPHS, Service, ServiceState, Snapshot, Status, Tally
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import plural
from sutaz_tui.tui.keymap import BOARD
from sutaz_tui.tui.screens.base import bindings
from sutaz_tui.tui.screens.board.arranged import ArrangedBoard
from sutaz_tui.tui.screens.board.as_text import board_text
from sutaz_tui.tui.screens.board.causes import CauseWalk, cause_line
from sutaz_tui.tui.screens.board.foot_words import board_keys
from sutaz_tui.tui.screens.board.log_below import LOG_FOOT
from sutaz_tui.tui.screens.related import Related
from widgets.foot import Foot
from widgets.group_totals import GroupTotals
from widgets.head import Head
from widgets.map_cells import ShownLatency
from widgets.map_layout import ROWS_FROM, THREE_COLUMNS_FROM
from widgets.piece_view import PieceView
from widgets.pieces import Piece
from widgets.service_map import ServiceMap
from widgets.service_words import plain_line, short_lines
from widgets.side_words import side_lines, side_width
from widgets.sparkline import BLOCKS
from widgets.strip_words import strip_lines, strip_rows
from widgets.tabs_line import TabMark
from widgets.text_view import TextView

if TYPE_CHECKING:
    from sutaz_tui.checks.registry import Heading

WIDE_FROM = 150
HEAD_HEIGHT = 2
FOOT_HEIGHT = 1
PANEL_LEAST = 3
PANEL_WITH_LOG = 6
STRIP_HEIGHT = 4
# Below this height the map needs every line.
STRIP_FROM = 24


class BoardScreen(ArrangedBoard):
    """What stands where at which size, and what its keys do; `needed_by` tells who needs a service."""

    focus_name = BOARD
    BINDINGS: ClassVar[list[BindingType]] = bindings(BOARD)

    def __init__(
        self,
        config: Config,
        services: tuple[Service, ...],
        needed_by: Callable[[str], tuple[str, ...]],
        host: str,
        badges: tuple[str, ...] = (),
        signs: str = BLOCKS,
        glyphs: Mapping[Status, str] = GLYPHS,
    ) -> None:
        super().__init__()
        self._titles = {service.id: one_line(service.title, 60) for service in services}
        self._numbers = {service.id: number for number, service in enumerate(services)}
        self.services = services
        self._group_titles = {group.id: group.title or group.id for group in config.groups}
        self._glyphs = glyphs
        self.head = Head(config.env, host, badges, glyphs)
        warns = {service.id: warn_of(service) for service in config.services}
        self.map = ServiceMap(services, self._group_titles, glyphs, warns=warns, signs=signs)
        self.panel = TextView(id="panel")
        self.side = PieceView(id="side")
        self.foot = Foot(board_keys(None, False, False, False))
        self.snapshot: Snapshot | None = None
        self.strip = PieceView(id="strip")
        self.can_run = True
        """Whether keys run checks here."""
        self.totals = GroupTotals(self._group_titles, glyphs)
        self._checks: list[tuple[Piece, ...]] = []
        self._signs = signs
        self._frozen: Snapshot | None = None
        self._has_failed = False
        self._waiting = 0
        self._latency = ShownLatency()
        self.needed_by = needed_by
        self._selected_lines: list[tuple[str, str]] = []
        self._related = Related(services, needed_by)
        self.is_zoomed = False
        self._causes = CauseWalk()
        self.since_left = ""
        self._head_height, self.held = HEAD_HEIGHT, 0

    def compose(self) -> ComposeResult:
        if self.tabs_line is not None:
            yield self.tabs_line
        yield self.head
        # What stands beside the map, below it and under that comes when there is room or something to show.
        yield Horizontal(self.map, id="middle")
        yield self.foot

    def on_mount(self) -> None:
        self.is_zoomed = self.left.is_zoomed
        # What is in its place before the first layout is not drawn twice.
        self._arrange(self.app.size.width, self.app.size.height)
        self.begin_as_left()
        self.map.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width, event.size.height)

    def give_places(self) -> None:
        """Give every part its place."""
        self._arrange(self.size.width, self.size.height)

    def tell_tabs(self, marks: Sequence[TabMark], in_view: int) -> None:
        """Say above the head which configs are open; what stands below has a line less."""
        super().tell_tabs(marks, in_view)
        if self._head_height == HEAD_HEIGHT:
            self._head_height += 1
            if self.is_mounted:
                self.give_places()

    def focus_board(self) -> None:
        """Give the keys to the map."""
        self.set_focus(self.map)

    def _arrange(self, width: int, height: int) -> None:
        """Give the map the lines that it needs, as far as the panel and the log keep their own."""
        is_alone = self.is_zoomed or width < THREE_COLUMNS_FROM
        room = height - self._head_height - FOOT_HEIGHT
        log, has_map = self.log_place(room, room if is_alone else self.map.least_height(width))
        room -= log
        # Beside the map there is room for all else; else that stands below it.
        side = side_width(width)
        is_wide = width >= WIDE_FROM and not is_alone and self.map.gives_rows(width - side - 1, room)
        has_strip = bool(self._checks) and not (is_wide or is_alone) and height >= STRIP_FROM
        if is_wide or is_alone:
            has_rows = is_wide or (width >= ROWS_FROM and self.map.gives_rows(width, room))
            self.map.give(width - side - 1 if is_wide else width, room, has_rows)
            needed, least = room, 0
        else:
            below = STRIP_HEIGHT if has_strip else 0
            has_rows = width >= ROWS_FROM and self.map.gives_rows(width, room - below - 1)
            self.map.give(width, room - below - (1 if has_rows else PANEL_LEAST), has_rows)
            needed = self.map.height
            has_strip = has_strip and (not log or room >= needed + STRIP_HEIGHT)
            room -= STRIP_HEIGHT if has_strip else 0
            # Where all of the map fits only without it, one line about the selected service has to do.
            least = min(PANEL_LEAST, max(0 if log else 1, room - needed))
            if log and not self.is_height_chosen and (spare := room - needed - PANEL_WITH_LOG) > 0:
                # What would stand empty above the log is the log's.
                log, room = log + spare, room - spare
        middle = self.query_one("#middle")
        middle.display = has_map
        middle.styles.height = max(1, min(needed, room - least))
        self.side.styles.width = side
        self._stand(self.strip, has_map and has_strip)
        has_panel = has_map and not is_wide and least > 0
        self._stand(self.panel, has_panel)
        self._stand(self.side, is_wide)
        self._stand(self.totals, not has_map and room > 0)
        if self.totals.display and (snapshot := self.shown) is not None:
            self.totals.show(snapshot)
        if self.log_panel is not None:
            self.log_panel.display = log > 0
            self.tell_opens(self._titles.get(self.service_id, ""))
            self.log_panel.styles.height = log if has_panel else "1fr"
        self._show_keys()

    def _show_keys(self) -> None:
        """Let the foot say what matters here, now."""
        is_filtered, is_frozen = self.arrangement.wanted is not None, self._frozen is not None
        keys = board_keys(self.shown, is_filtered, is_frozen, self._has_failed, self.held, bool(self._checks))
        self.foot.set_keys(LOG_FOOT if self.log_has_keys else keys)

    def _stand(self, view: Widget, is_shown: bool) -> None:
        """Show a part of the board or hide it; what is not shown yet costs the first frame nothing."""
        view.display = is_shown
        if is_shown and not view.is_attached:
            middle = self.query_one("#middle")
            if view is self.side:
                middle.mount(view)
            else:
                is_below_panel = view is self.strip and self.panel.is_attached
                self.mount(view, after=self.panel if is_below_panel else middle)

    def show_tallies(
        self, headings: "Sequence[Heading]", tallies: Mapping[str, Tally], now: datetime
    ) -> None:
        """Show how the categories of checks stand: under the map, or beside it where there is room."""
        named = [(heading.id, heading.title, heading.digit or heading.letter) for heading in headings]
        before = self._checks
        # A stack without checks has nothing to count, and gives the map those lines.
        self._has_failed = any(tally.red for tally in tallies.values())
        runs = self.can_run and not (self.shown is not None and self.shown.is_past)
        self._checks = strip_rows(named, tallies, now, side_width(self.size.width) - 1, self._signs)
        self.strip.show(strip_lines(named, tallies, now, self.size.width, runs))
        self._show_keys()
        if not before:
            self._arrange(self.size.width, self.size.height)
        if self._checks != before and (snapshot := self.shown) is not None:
            self._paint_side(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot everywhere; a frozen picture only counts what waits, and gives way to one of the past."""
        if snapshot.is_past and self._frozen is not None:
            self._frozen = None
            self.head.set_badge("frozen", "")
        if self._frozen is not None:
            self._waiting = sum(
                new.status is not old.status
                for new, old in zip(snapshot.services, self._frozen.services, strict=True)
            )
            self.snapshot = snapshot
            self._tell_frozen()
            return
        self.snapshot = snapshot
        self.judge_again()
        self._paint(snapshot)

    def tick(self, snapshot: Snapshot) -> None:
        """Let ages grow without new answers."""
        if self._frozen is None and self.is_mounted:
            self.map.show(snapshot)
            self.map.tick(snapshot.at)
            self._paint_head(snapshot)
            self._paint_side(snapshot)

    def tell_past(self, words: str) -> None:
        """Say in the head which moment of the past is shown, and at the foot what its keys are; "" for now."""
        self.head.set_past(words)
        self._show_keys()

    def _paint(self, snapshot: Snapshot) -> None:
        self._show_keys()
        self._paint_head(snapshot)
        if self.totals.display:
            self.totals.show(snapshot)
        self.map.show(snapshot)
        self._paint_selected(snapshot)

    def _paint_head(self, snapshot: Snapshot) -> None:
        line = cause_line(snapshot, self._titles, self._glyphs, self.since_left)
        hint = "c cause" if self.size.width >= WIDE_FROM else "c"
        self.head.show(snapshot, line, hint if snapshot.causes else "")

    def _paint_selected(self, snapshot: Snapshot) -> None:
        state = self.state(self.map.selected)
        if state is None:
            return
        needed_by = self.needed_by(state.service.id)
        self._selected_lines = short_lines(state, self._titles, needed_by, snapshot.at, self._latency)
        self.panel.show(self._selected_lines)
        self._paint_side(snapshot)

    def _paint_side(self, snapshot: Snapshot) -> None:
        if self.side.display:
            # One cell stays free at the edge.
            width = side_width(self.size.width) - 1
            height = self.size.height - self._head_height - FOOT_HEIGHT
            told = self._checks, self._selected_lines
            self.side.show(side_lines(snapshot, self._titles, self._glyphs, *told, width, height))

    def state(self, service_id: str) -> ServiceState | None:
        """How a service is shown, None when there is none of this id."""
        snapshot = self.shown
        number = self._numbers.get(service_id)
        return None if snapshot is None or number is None else snapshot.services[number]

    def on_service_map_selected(self, _: ServiceMap.Selected) -> None:
        self._latency = ShownLatency()
        self.tell_opens(self._titles.get(self.service_id, ""))
        if (snapshot := self.shown) is not None:
            self._paint_selected(snapshot)

    def action_move(self, by: int) -> None:
        """Move the selection by so many services."""
        self.map.move(by)

    def action_go_to_row(self, number: int) -> None:
        """Select the service of this number in reading order."""
        self.map.go_to_row(number)

    def action_half_page(self, by: int) -> None:
        """Move the selection by half a page."""
        self.map.move(by * max(1, self.map.size.height // 2))

    def action_group(self, by: int) -> None:
        """Select the first service of another group."""
        self.map.move_group(by)

    def action_column(self, by: int) -> None:
        """Select the nearest service of the next column."""
        self.map.move_column(by)

    def action_related(self, by: int) -> None:
        """Select what the service needs (-1), or who needs it (1)."""
        id, words = self._related.next(self.map.selected, by)
        if id:
            self.map.select(id)
        self.say(words)

    def action_trouble(self) -> None:
        """Blank what is up, in place, or show it again."""
        self.map.switch_only_trouble()
        self.say("only trouble: ! shows all" if self.map.only_trouble else "all services")

    def action_zoom(self) -> None:
        """Give what has the keys, the map or the log, the whole screen below the head, or take it back."""
        if self.log_has_keys:
            self.is_log_zoomed = not self.is_log_zoomed
        else:
            self.is_zoomed = not self.is_zoomed
        self.give_places()

    def action_cause(self) -> None:
        """Select the cause; again the next one, then the victims of the only one."""
        shown = self.shown
        if shown is not None and (id := self._causes.next(shown, self.map.selected)):
            self.map.select(id)
        else:
            is_elsewhere = shown is not None and shown.causes
            self.say("the cause is not a service of this board" if is_elsewhere else "nothing is down")

    def leave_causes(self) -> bool:
        """Go back to where `c` was pressed first; False when it was not, or the reader has moved on since."""
        if before := self._causes.leave(self.map.selected):
            self.map.select(before)
        return bool(before)

    def action_freeze(self) -> None:
        """Freeze the picture, or go on."""
        if self._frozen is None and self.snapshot is not None:
            self._frozen, self._waiting = self.snapshot, 0
            self._tell_frozen()
        elif self.snapshot is not None:
            self._frozen = None
            self.head.set_badge("frozen", "")
            self._paint(self.snapshot)

    def _tell_frozen(self) -> None:
        assert self._frozen is not None
        changes = f", {plural(self._waiting, 'change')} pending" if self._waiting else ""
        self._show_keys()
        self.head.set_badge("frozen", f"frozen {self._frozen.at.astimezone():%H:%M:%S}{changes}")

    @property
    def shown(self) -> Snapshot | None:
        """The frozen picture, else the newest."""
        return self._frozen or self.snapshot

    def arranged(self, filtered: str) -> None:
        """Say in the head what is filtered, and let the map take what it needs now."""
        self.head.set_badge("filter", filtered)
        if (snapshot := self.shown) is not None:
            self._paint(snapshot)
        self.give_places()

    @property
    def service_id(self) -> str:
        """The id of the selected service."""
        return self.map.selected

    @property
    def copied_line(self) -> str:
        """The selected line of the log that has the keys, else what there is to say of the selected service."""
        if self.log_panel is not None and self.log_has_keys:
            return self.log_panel.copied_line
        state = self.state(self.service_id)
        return plain_line(state) if state is not None else ""

    async def back(self) -> bool:
        """Close the log that has the keys, show all services, go back to where `c` was pressed, or close the log."""
        if self.log_panel is not None and self.log_has_keys:
            if not self.log_panel.widen():
                await self.take_log()
        elif self.arrangement.wanted is not None:
            self.filter("")
            self.say("all services")
        elif not self.leave_causes():
            if self.log_panel is None:
                return False
            await self.take_log()
        return True

    def pieces(self) -> Iterable[str]:
        """The log that has the keys, else the board, as plain lines."""
        if self.log_panel is not None and self.log_has_keys:
            return self.log_panel.pieces()
        if (snapshot := self.shown) is None:
            return ("",)
        selected = self.panel.text.splitlines()
        return (board_text(self.head.text, snapshot, self._group_titles, self._glyphs, selected),)
