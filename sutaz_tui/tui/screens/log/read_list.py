"""A table of what a log's source tells, read at once and again by a key, with a heading above it."""

import asyncio
from collections.abc import Iterable, Sequence

from textual.app import ComposeResult

from sutaz_tui.text.table import Column
from sutaz_tui.tui.screens.lists import ListScreen
from widgets.foot import Foot
from widgets.table_view import TableView
from widgets.text_view import TextView


class ReadList(ListScreen):
    """What `begin` starts to read fills `list`; who leaves, or reads again, ends what is under way."""

    is_of_moment = False

    def __init__(self, columns: Sequence[Column], foot: str) -> None:
        super().__init__()
        self._work: asyncio.Task[None] | None = None
        self.list = TableView(columns)
        self.heading = TextView(id="view-head")
        self.foot = Foot(foot)

    def begin(self) -> asyncio.Task[None]:
        """Start reading."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.list
        yield self.foot

    def on_mount(self) -> None:
        self.heading.styles.height = 1
        self.focus_keys()
        self.action_read()

    def on_unmount(self) -> None:
        if self._work is not None:
            self._work.cancel()

    @property
    def pane(self) -> TableView:
        """The table."""
        return self.list

    def action_read(self) -> None:
        """Read again."""
        if self._work is not None:
            self._work.cancel()
        self._work = self.begin()

    def ask_now(self) -> bool:
        """Read again."""
        self.action_read()
        return True

    def show_heading(self, parts: Iterable[str], is_trouble: bool) -> None:
        """What stands above the table."""
        self.heading.show([(" " + "   ".join(parts), "degraded" if is_trouble else "heading")])

    def pieces(self) -> Iterable[str]:
        """The heading and the table, as plain lines."""
        return (f"{self.heading.text}\n{self.list.text}",)
