"""The board as plain lines, for a file or a mail."""

from collections.abc import Iterable, Mapping

from sutaz_tui.model import Snapshot, Status
from widgets.map_cells import glyph_of
from widgets.service_words import plain_line


def board_text(
    head: str,
    snapshot: Snapshot,
    groups: Mapping[str, str],
    glyphs: Mapping[Status, str],
    selected: Iterable[str],
) -> str:
    """The head, a line a service below the titles of their `groups`, and what is told of the selected one."""
    lines, group = [head], ""
    for state in snapshot.services:
        if state.service.group != group:
            group = state.service.group
            lines += ["", groups.get(group, group).upper()]
        lines.append(f"{glyph_of(state, glyphs)} {plain_line(state)}")
    return "\n".join([*lines, "", *selected])
