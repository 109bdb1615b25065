"""What the keys that lists share do on a screen with a table, a text or charts to scroll through."""

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.screens.base import BaseScreen
from sutaz_tui.tui.wanted import understood
from widgets.line_charts import LineCharts
from widgets.span_rows import SpanRows
from widgets.table_view import TableView
from widgets.text_view import TextView

NO_TABLE = "there is no table here: / & < > I are for tables"


class ListScreen(BaseScreen):
    """A screen whose keys move in `pane`, and sort, filter and find in it where it is a table."""

    filtered_by = ""

    @property
    def pane(self) -> TableView | TextView | LineCharts | SpanRows:
        """What the keys move in."""
        raise NotImplementedError

    @property
    def table(self) -> TableView | None:
        """The table, None where it is a text; that is said."""
        if isinstance(self.pane, TableView):
            return self.pane
        self.say(NO_TABLE)
        return None

    def arranged(self) -> None:
        """The reader arranged the table otherwise: what stands above it may have to say so."""

    def focus_keys(self) -> None:
        """Give the keys to the table or the text."""
        self.set_focus(self.pane)

    def action_move(self, by: int) -> None:
        """Move by so many rows."""
        self.pane.move(by)

    def action_half_page(self, by: int) -> None:
        """Move by half a page."""
        self.pane.half_page(by)

    def action_go_to_row(self, number: int) -> None:
        """Go to the row of this number."""
        self.pane.go_to_row(number)

    def action_sort(self, by: int) -> None:
        """Sort by the column to the right or left."""
        if (table := self.table) is not None:
            self.say(table.sort(by))
            self.arranged()

    def action_invert(self) -> None:
        """Turn the order round."""
        if (table := self.table) is not None:
            self.say(table.invert())
            self.arranged()

    def action_find_again(self, by: int) -> None:
        """Go to the next or previous row that was found, or the one so many further on."""
        if (table := self.table) is None:
            return
        if not table.has_needle:
            self.say("nothing to find yet: / finds")
        elif not table.find_again(by):
            self.say("nothing matches any more")

    @property
    def place(self) -> object:
        """The row under the cursor, and what was sought."""
        return self.pane.place if isinstance(self.pane, TableView) else None

    def return_to(self, place: object) -> None:
        """Go back to that row."""
        if isinstance(self.pane, TableView) and isinstance(place, tuple):
            self.pane.return_to(*place)

    def seek(self, text: str) -> str:
        """Go to the next row that has a text; what to say."""
        if not isinstance(self.pane, TableView):
            return NO_TABLE
        sought, problem = understood(text)
        if sought is None:
            return problem
        found = self.pane.find(sought)
        return sought.problem or ("" if found else f"nothing matches {one_line(text, 40)}")

    def filter(self, text: str) -> None:
        """Show only rows with a text, "" for all."""
        if (table := self.table) is not None:
            sought, problem = understood(text)
            self.filtered_by = text.strip() if sought is not None else ""
            table.filter(sought)
            self.say(problem or (sought.problem if sought is not None else ""))
            self.arranged()

    async def back(self) -> bool:
        """Show all rows again; False when none was hidden."""
        if not self.filtered_by:
            return False
        self.filter("")
        return True
