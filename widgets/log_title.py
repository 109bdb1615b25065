"""The line above a log: whose it is, where it comes from, whether it follows, and what of it is missing."""

from collections.abc import Sequence

from sutaz_tui.text.sanitise import sanitise
from widgets.piece_line import PieceLine
from widgets.pieces import Piece
from widgets.width import fit, width_of

# The fewest cells in which a sentence still says something.
LEAST = 12
# A look, and the text in shorter and shorter forms ("" for leaving it out), and its rank: the lowest gives way first.
Part = tuple[str, tuple[str, ...], int]


class LogTitle(PieceLine):
    """Shows parts, as many and as long as there is room for."""

    _parts: tuple[Part, ...] = ()

    def show(self, parts: Sequence[Part]) -> None:
        """Show these parts from left to right."""
        given = tuple((look, tuple(map(sanitise, forms)), rank) for look, forms, rank in parts)
        if given != self._parts:
            self._parts = given
            self.renew()

    def pieces_at(self, width: int) -> Sequence[Piece]:
        """The line at a width."""
        return title_line(self._parts, width)


def title_line(parts: Sequence[Part], width: int) -> tuple[Piece, ...]:
    """The parts between dashes, in `width` cells.

    Where there is no room, parts take shorter forms by rank, no shorter than needed; then the longest of those that
    are left is cut.
    """
    chosen = [forms[0] for _, forms, _ in parts]
    steps = [
        (place, form)
        for place, (_, forms, _) in sorted(enumerate(parts), key=lambda one: one[1][2])
        for form in forms[1:]
    ]
    for place, form in steps:
        if _cells(chosen) <= width:
            break
        chosen[place] = form
    if _cells(chosen) <= width:
        _lengthen(chosen, parts, width)
    while (over := _cells(chosen) - width) > 0:
        longest = max(range(len(chosen)), key=lambda place: width_of(chosen[place]))
        room = width_of(chosen[longest])
        if room <= LEAST:
            break
        chosen[longest] = fit(chosen[longest], max(LEAST, room - over)).rstrip()
    pieces: list[Piece] = [("muted", "--")]
    for (look, _, _), text in zip(parts, chosen, strict=True):
        if text:
            pieces += [("", " " if len(pieces) == 1 else "  "), (look, text)]
    rest = width - sum(width_of(text) for _, text in pieces)
    if rest > 1:
        pieces.append(("muted", " " + "-" * (rest - 1)))
    return tuple(pieces)


def _lengthen(chosen: list[str], parts: Sequence[Part], width: int) -> None:
    """Give back what one long part left over to those that gave way before it, the highest rank first."""
    for place, (_, forms, _) in sorted(enumerate(parts), key=lambda one: -one[1][2]):
        for form in forms[: forms.index(chosen[place])]:
            if _cells([*chosen[:place], form, *chosen[place + 1 :]]) <= width:
                chosen[place] = form
                break


def _cells(texts: Sequence[str]) -> int:
    """Cells that the parts take, with what stands between and around them."""
    return sum(width_of(text) + 2 for text in texts if text) + 4
