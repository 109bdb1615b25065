"""Quiet hours as they are written, and as the program uses them."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sutaz_tui.config.document import Document
from sutaz_tui.config.schema import QuietHours
from sutaz_tui.config.words import Path, quoted
from sutaz_tui.model import Quiet

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def windows(written: Sequence[QuietHours]) -> Iterator[Quiet]:
    """The windows that a config writes, which was checked."""
    for one in written:
        days = sorted({day for word in one.days for day in _days(word)})
        yield Quiet(_time(one.begin), _time(one.end), tuple(days), one.reason)


def quiet_rule(document: Document, path: Path, service: dict[str, Any]) -> None:
    """Times are times of the day, days are days, and no window is empty."""
    for index, one in enumerate(service.get("quiet") or []):
        if not isinstance(one, dict):
            continue
        where = (*path, "quiet", index)
        for key in ("from", "to"):
            if key in one and not _TIME.fullmatch(one[key]):
                document.fault(
                    (*where, key), f"found {quoted(one[key])}, expected a time of the day such as 22:30"
                )
        if "from" in one and one.get("from") == one.get("to"):
            document.fault((*where, "to"), "found the same time as from, expected another")
        for day, word in enumerate(one.get("days") or []):
            if word and not _days(word):
                document.fault(
                    (*where, "days", day),
                    f"found {quoted(word)}, expected {', '.join(_DAYS)} or a span such as mon-fri",
                )


def _days(word: str) -> tuple[int, ...]:
    """The weekdays of `sat` or `mon-fri`, also over the end of a week; none where it is no such word."""
    first, is_span, last = word.strip().lower().partition("-")
    if first[:3] not in _DAYS or (is_span and last[:3] not in _DAYS):
        return ()
    begin = _DAYS.index(first[:3])
    count = (_DAYS.index(last[:3]) - begin) % 7 if is_span else 0
    return tuple((begin + step) % 7 for step in range(count + 1))


def _time(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
