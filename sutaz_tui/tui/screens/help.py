"""What the keys do in the focus that was left, made from the key table."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen

from sutaz_tui.text.cells import wrapped
from sutaz_tui.tui.keymap import help_groups
from widgets.text_view import Line, TextView

COLUMNS_FROM = 140
KEYS = 20
"""Cells of the keys, left of what they do."""

SIGNS = """\
✓ +   up; the number is the answer's time in milliseconds
!     degraded: it answers, but not as it should: slow, 307 (a status code),
      <PG (because of PostgreSQL), lies (says up of what is down),
      1/2 (one of two polls failed)
✗ X   down
?     unknown: it could not be asked, or the answer is stale
-     off: optional and not deployed; or known: acknowledged (M)
~     remembered from an earlier run, not yet confirmed
(3) 41s   not fresh: the value is 41 s old
behind: 340 due   this program does not keep up; raise limits.asks"""


SIGN_LINES: list[Line] = [
    ("", ""),
    (" THE SIGNS", "heading"),
    *((f" {line}", "") for line in SIGNS.splitlines()),
]


class HelpScreen(ModalScreen[None]):
    """The keys of one focus by headings, and the signs; in two columns where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,question_mark,f1", "dismiss", "close"),
        Binding("Q,ctrl+q", "app.leave", "quit"),
        Binding("j,down", "scroll(1)", "down"),
        Binding("k,up", "scroll(-1)", "up"),
        Binding("space,ctrl+d,pagedown", "scroll(10)", "down"),
        Binding("ctrl+u,pageup", "scroll(-10)", "up"),
    ]

    def __init__(
        self,
        where: str,
        keymap: Mapping[str, str],
        problems: Sequence[str] = (),
        also: Collection[str] = (),
        why_not: Callable[[str], str] = lambda _: "",
    ) -> None:
        super().__init__()
        self._where = where
        self._groups = help_groups(where, keymap, also=also, why_not=why_not)
        every = help_groups(where, keymap, is_whole=True).values()
        self._ids = [(row.keys, row.id) for rows in every for row in rows]
        self._problems = problems
        self.head = TextView(id="help-head")
        self.columns = TextView(), TextView()

    def compose(self) -> ComposeResult:
        yield self.head
        yield Horizontal(*self.columns)

    def on_mount(self) -> None:
        self.columns[0].focus()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)

    def _arrange(self, width: int) -> None:
        head: list[Line] = [(f" the keys of the {self._where}   j/k scroll   q closes", "heading")]
        for problem in self._problems:
            head += [(f" {part}", "degraded") for part in wrapped(problem, width - 1)]
        self.head.show(head)
        self.head.styles.height = len(head)
        is_wide = width >= COLUMNS_FROM
        room = width // 2 if is_wide else width
        named = {heading: [(row.keys, row.words) for row in rows] for heading, rows in self._groups.items()}
        blocks = [*(_block(heading, rows, room) for heading, rows in named.items()), SIGN_LINES]
        ids = [[line] for line in _block("key ids for `keymap` in the config", self._ids, room)]
        left, right = self.columns
        right.display = is_wide
        if is_wide:
            # The ids go below all else in both columns: nobody looks them up at three in the morning.
            (first, second), (more, rest) = _halves(blocks), _halves(ids)
            left.show([*first, *more])
            right.show([*second, *rest])
        else:
            left.show([line for block in (*blocks, *ids) for line in block])

    def action_scroll(self, by: int) -> None:
        """Scroll by so many lines."""
        for column in self.columns:
            column.move(by)


def _block(heading: str, rows: Iterable[tuple[str, str]], width: int) -> list[Line]:
    """Lines of so many cells that stay together."""
    lines: list[Line] = [("", ""), (f" {heading.upper()}", "heading")]
    for keys, words in rows:
        for number, part in enumerate(wrapped(words, width - KEYS - 2)):
            shown = part.replace("\N{NO-BREAK SPACE}", " ")
            lines.append((f" {'' if number else keys:<{KEYS}}{shown}", ""))
    return lines


def _halves(blocks: list[list[Line]]) -> tuple[list[Line], list[Line]]:
    """Two columns of the same height, no block cut in two."""
    first: list[Line] = []
    second: list[Line] = []
    half = sum(map(len, blocks)) / 2
    for block in blocks:
        (second if second or len(first) + len(block) / 2 > half else first).extend(block)
    height = max(len(first), len(second))
    return [*first, *[("", "")] * (height - len(first))], [*second, *[("", "")] * (height - len(second))]
