"""Whether the conditions of an own check hold of what a server that is not asked by HTTP told."""

import math
from collections.abc import Iterable, Mapping

from sutaz_tui.checks.base import Wrong
from sutaz_tui.config.conditions import condition
from sutaz_tui.probes.expectation import holds, shown


def expect_all(written: Iterable[str], kind: str, told: Mapping[str, object]) -> None:
    """All of them hold of what was told, by name; else the check fails by the first that does not."""
    for one in written:
        wanted = condition(one, kind)
        if wanted.what not in told:
            raise Wrong(wanted.written, "nothing there")
        found = told[wanted.what]
        # A server may tell a number as text.
        if not holds(wanted, found) and not (isinstance(found, str) and holds(wanted, _read(found))):
            raise Wrong(wanted.written, shown(found))


def _read(text: str) -> object:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
